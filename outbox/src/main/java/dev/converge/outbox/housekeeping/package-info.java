/**
 * Housekeeping of an outbox: partitions, the connector, the publication and the slot.
 *
 * <p>{@link dev.converge.outbox.housekeeping.OutboxHousekeeping} is the verticle to deploy, {@link
 * dev.converge.outbox.housekeeping.ConnectorTemplate} makes the connector's configuration.
 */
@NullMarked
@CheckReturnValue
package dev.converge.outbox.housekeeping;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
