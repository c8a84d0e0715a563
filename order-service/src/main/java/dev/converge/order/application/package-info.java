/** What the outside may ask for: place, find, cancel. */
@NullMarked
@CheckReturnValue
package dev.converge.order.application;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
