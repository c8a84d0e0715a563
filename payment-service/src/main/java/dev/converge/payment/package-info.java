/** The payment service: charges and refunds of orders against a payment provider. */
@NullMarked
@CheckReturnValue
package dev.converge.payment;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
