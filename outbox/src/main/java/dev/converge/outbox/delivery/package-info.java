/**
 * The rules by which a consumer delivers messages: how it divides polls into transactions, isolates
 * and parks a message at fault, retries, moves positions, and commits or rewinds offsets. {@link
 * dev.converge.outbox.delivery.Delivery} is the entry point.
 *
 * <p>Public so that simulations can run the same rules as the product; not part of the API. The
 * rules depend on no Kafka client, database or clock: all effects are interfaces of this package.
 */
@NullMarked
@CheckReturnValue
package dev.converge.outbox.delivery;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
