/** The inventory service: stock per SKU, and reservations of it for orders. */
@NullMarked
@CheckReturnValue
package dev.converge.inventory;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
