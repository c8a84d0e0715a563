/**
 * Use cases, the engine that carries out what the saga decides, and the ports: what both need from
 * the database.
 */
@NullMarked
@CheckReturnValue
package dev.converge.order.application;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
