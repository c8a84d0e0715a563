/** The stock API. */
@NullMarked
@CheckReturnValue
package dev.converge.inventory.http;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
