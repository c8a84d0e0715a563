/**
 * Reliable messaging between services that each own a PostgreSQL database.
 *
 * <p>A service appends messages to its {@link dev.converge.outbox.Outbox} in the transaction that
 * changes its state; Debezium publishes the committed rows to Kafka. A {@link
 * dev.converge.outbox.MessageConsumer} hands polled batches to a {@link
 * dev.converge.outbox.MessageHandler} in one transaction together with the inbox rows that make a
 * redelivered message harmless. What cannot be handled is parked in {@link
 * dev.converge.outbox.DeadLetters}; its neighbours go on.
 */
@NullMarked
@CheckReturnValue
package dev.converge.outbox;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
