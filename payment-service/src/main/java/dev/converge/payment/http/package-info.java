/** The payment API, and the switches of the simulated provider. */
@NullMarked
@CheckReturnValue
package dev.converge.payment.http;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
