/** The operators' functions of every service: dead letters and the operator log. */
@NullMarked
@CheckReturnValue
package dev.converge.service.operators;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
