/**
 * Shared parts of the services: functions and small classes, no framework. There is nothing to
 * extend, no annotation and no container.
 */
@NullMarked
@CheckReturnValue
package dev.converge.service;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
