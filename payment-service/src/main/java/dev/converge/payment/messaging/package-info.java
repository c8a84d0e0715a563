/** Commands taken, replies given, and the calls to the provider between them. */
@NullMarked
@CheckReturnValue
package dev.converge.payment.messaging;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
