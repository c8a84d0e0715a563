/**
 * Classifies failures. {@link dev.converge.faults.TransientFaults} recognizes environment faults,
 * which are transient: they pass or are repaired.
 */
@NullMarked
@CheckReturnValue
package dev.converge.faults;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
