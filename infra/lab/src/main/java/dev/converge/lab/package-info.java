/** The command with the lab's own subcommands. */
@NullMarked
package dev.converge.lab;

import org.jspecify.annotations.NullMarked;
