/** The port to a payment provider, and a simulated one that keeps its own ledger. */
@NullMarked
@CheckReturnValue
package dev.converge.payment.provider;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
