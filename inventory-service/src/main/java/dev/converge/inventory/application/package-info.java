/** The ports: what handlers and routes need from the database. */
@NullMarked
@CheckReturnValue
package dev.converge.inventory.application;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
