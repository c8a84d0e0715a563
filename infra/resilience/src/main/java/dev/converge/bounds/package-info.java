/** Bounds on what a client holds in memory. */
@NullMarked
@CheckReturnValue
package dev.converge.bounds;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
