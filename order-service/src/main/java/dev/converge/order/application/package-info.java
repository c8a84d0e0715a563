/** What the outside may ask for, and the coordinator that carries out what the saga decides. */
@NullMarked
@CheckReturnValue
package dev.converge.order.application;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
