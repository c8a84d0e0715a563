/** Participants and the register of decisions as HTTP resources, and their client. */
@NullMarked
@CheckReturnValue
package dev.converge.commitment.http;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
