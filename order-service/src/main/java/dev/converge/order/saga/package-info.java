/**
 * The saga: its definition, the pure rules that decide each step, and the coordinator that carries
 * them out.
 */
@NullMarked
@CheckReturnValue
package dev.converge.order.saga;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
