/** Checks of a service's data at intervals, and the reads from other services that they need. */
@NullMarked
@CheckReturnValue
package dev.converge.service.audit;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
