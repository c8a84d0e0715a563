/** Periodic jobs of which one instance of a service at a time runs all. */
@NullMarked
@CheckReturnValue
package dev.converge.service.jobs;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
