/** The rules of payments. Pure: without I/O. */
@NullMarked
@CheckReturnValue
package dev.converge.payment.domain;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
