/** The service's checks of its own data, for the audit. Their SQL is in {@code postgres}. */
@NullMarked
@CheckReturnValue
package dev.converge.payment.checks;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
