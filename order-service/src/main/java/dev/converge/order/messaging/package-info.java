/** The wire contract with inventory and payment, and the replies that come in. */
@NullMarked
@CheckReturnValue
package dev.converge.order.messaging;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
