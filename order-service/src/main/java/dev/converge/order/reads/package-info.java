/** Which node answers a read of a chosen level; pure, without I/O. */
@NullMarked
@CheckReturnValue
package dev.converge.order.reads;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
