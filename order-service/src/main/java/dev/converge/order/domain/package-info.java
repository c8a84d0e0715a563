/** What an order is; pure, without I/O. */
@NullMarked
@CheckReturnValue
package dev.converge.order.domain;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
