/**
 * The saga: its definition and the pure rules that decide each step. {@code SagaEngine} in {@code
 * application} carries the decisions out.
 */
@NullMarked
@CheckReturnValue
package dev.converge.order.saga;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
