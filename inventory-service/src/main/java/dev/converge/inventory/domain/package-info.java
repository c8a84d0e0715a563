/** The rules of stock and reservations. Pure: without I/O. */
@NullMarked
@CheckReturnValue
package dev.converge.inventory.domain;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
