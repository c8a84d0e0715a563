/** Branches and decisions in PostgreSQL. */
@NullMarked
@CheckReturnValue
package dev.converge.commitment.postgres;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
