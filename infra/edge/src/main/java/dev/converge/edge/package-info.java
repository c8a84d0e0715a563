/**
 * A reverse proxy before the replicas of a service: health checks, policies, safe retries, limits.
 */
@NullMarked
@CheckReturnValue
package dev.converge.edge;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
