/** The invariants of a run, as pure predicates over the evidence that was read after it. */
@NullMarked
package dev.converge.lab.checker;

import org.jspecify.annotations.NullMarked;
