/** What stock and reservations are and how they change; pure, without I/O. */
@NullMarked
@CheckReturnValue
package dev.converge.inventory.domain;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
