/** Code that the contracts share: the currencies, and the rules of message fields. */
@NullMarked
@CheckReturnValue
package dev.converge.contracts;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
