/**
 * Classifies failures. {@link dev.converge.faults.TransientFaults} separates faults of the
 * environment, which pass or are repaired, from faults of a request or a message.
 */
@NullMarked
@CheckReturnValue
package dev.converge.faults;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
