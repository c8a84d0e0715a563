/** A client that writes down all it asks for and all it is told, in a process of its own. */
@NullMarked
package dev.converge.lab.history;

import org.jspecify.annotations.NullMarked;
