/** The order API. */
@NullMarked
@CheckReturnValue
package dev.converge.order.http;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
