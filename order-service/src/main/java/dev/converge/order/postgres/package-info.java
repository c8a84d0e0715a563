/** The repositories: SQL that reads and writes rows. */
@NullMarked
@CheckReturnValue
package dev.converge.order.postgres;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
