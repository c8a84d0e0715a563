/**
 * Detects messages that were lost between an outbox and its Kafka topics, and publishes them again.
 * {@link dev.converge.outbox.reconciler.OutboxReconciler} is the entry point.
 */
@NullMarked
@CheckReturnValue
package dev.converge.outbox.reconciler;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
