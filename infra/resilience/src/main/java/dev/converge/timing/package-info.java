/** When a task runs again. */
@NullMarked
@CheckReturnValue
package dev.converge.timing;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
