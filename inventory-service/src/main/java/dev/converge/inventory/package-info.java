/** The inventory service: stock per SKU, and the reservations of orders. */
@NullMarked
@CheckReturnValue
package dev.converge.inventory;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
