/** Handles the replies of inventory and payment. */
@NullMarked
@CheckReturnValue
package dev.converge.order.messaging;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
