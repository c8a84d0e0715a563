/** Rows and the SQL that reads and writes them. */
@NullMarked
@CheckReturnValue
package dev.converge.order.postgres;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
