/** Commands taken and replies given, and the transaction between them. */
@NullMarked
@CheckReturnValue
package dev.converge.inventory.messaging;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
