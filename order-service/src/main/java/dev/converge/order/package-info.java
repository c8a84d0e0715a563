/** The order service: the order API and the saga that coordinates inventory and payment. */
@NullMarked
@CheckReturnValue
package dev.converge.order;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
