/** The order and its rules; pure, without I/O. */
@NullMarked
@CheckReturnValue
package dev.converge.order.domain;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
