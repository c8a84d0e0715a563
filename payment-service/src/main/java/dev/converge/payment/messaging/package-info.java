/** Handles commands, calls the provider and sends replies. */
@NullMarked
@CheckReturnValue
package dev.converge.payment.messaging;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
