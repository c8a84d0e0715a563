/** The tables: SQL that reads and writes rows. */
@NullMarked
@CheckReturnValue
package dev.converge.payment.postgres;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
