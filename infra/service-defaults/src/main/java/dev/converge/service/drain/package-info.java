/**
 * Watches whether a service's outbox is drained, finds out why it is not, and repairs what it can.
 */
@NullMarked
@CheckReturnValue
package dev.converge.service.drain;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
