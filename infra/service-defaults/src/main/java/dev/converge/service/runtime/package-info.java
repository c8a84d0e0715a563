/** The process of a service: its environment, its telemetry, its start and its stop. */
@NullMarked
@CheckReturnValue
package dev.converge.service.runtime;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
