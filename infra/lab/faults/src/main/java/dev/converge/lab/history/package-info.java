/** A client that records its requests and their answers, in a process of its own. */
@NullMarked
package dev.converge.lab.history;

import org.jspecify.annotations.NullMarked;
