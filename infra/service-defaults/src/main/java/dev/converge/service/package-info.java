/**
 * What every service's {@code main} calls: functions, no framework. There is nothing to extend, no
 * annotation and no container; a service can inline any piece of it within the hour.
 */
@NullMarked
@CheckReturnValue
package dev.converge.service;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
