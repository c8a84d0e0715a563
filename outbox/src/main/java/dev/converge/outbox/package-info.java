/**
 * Reliable messaging between services that each own a PostgreSQL database.
 *
 * <p>Read these three types first: {@link dev.converge.outbox.Outbox}, {@link
 * dev.converge.outbox.MessageHandler} and {@link dev.converge.outbox.MessageConsumer}.
 *
 * <p>A service appends messages to its {@code Outbox} in the transaction that changes its state;
 * Debezium publishes the committed rows to Kafka. A {@code MessageConsumer} passes polled batches
 * to a {@code MessageHandler}, in one transaction with the inbox rows that make a redelivery
 * harmless. A message that cannot be handled is parked in {@link dev.converge.outbox.DeadLetters}
 * and blocks no other. {@code dev.converge.outbox.housekeeping} keeps partitions and connector.
 * {@code dev.converge.outbox.delivery} holds the consumer's rules.
 */
@NullMarked
@CheckReturnValue
package dev.converge.outbox;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
