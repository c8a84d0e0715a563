/** Handles commands and sends replies, in one transaction. */
@NullMarked
@CheckReturnValue
package dev.converge.inventory.messaging;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
