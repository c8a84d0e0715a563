/** What must hold of a run, as pure predicates over what was read once it was over. */
@NullMarked
package dev.converge.lab.checker;

import org.jspecify.annotations.NullMarked;
