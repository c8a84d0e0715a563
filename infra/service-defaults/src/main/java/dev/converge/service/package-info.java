/**
 * Shared parts of the services: functions and small classes, no framework. There is nothing to
 * extend, no annotation and no container. This package has what a service's main calls; the
 * packages below it have one job each.
 */
@NullMarked
@CheckReturnValue
package dev.converge.service;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
