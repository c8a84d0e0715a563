/** Connections to a service's database, and transactions that many requests share. */
@NullMarked
@CheckReturnValue
package dev.converge.service.postgres;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
