package dev.converge.lab.simulation;

import dev.converge.order.saga.ParticipantMessages;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.Payload;
import java.util.UUID;

/**
 * Converts messages between the records of the order service, which the simulation carries, and the
 * JSON that the participants read and write.
 */
final class Wire {
  private Wire() {}

  /** A command as the participant's consumer gets it. */
  static InboundMessage inbound(Message message) {
    return inbound(
        message.id(),
        message.topic(),
        message.order(),
        ParticipantMessages.TYPES.encode(message.payload()));
  }

  /** The order service's record of a reply. */
  static Record reply(UUID order, Payload reply) {
    return ParticipantMessages.TYPES.decode(
        inbound(0, ParticipantMessages.ORDER_REPLIES, order, reply));
  }

  private static InboundMessage inbound(long id, String topic, UUID order, Payload payload) {
    return new InboundMessage(
        new UUID(1, id),
        payload.type(),
        order.toString(),
        payload.json(),
        order,
        null,
        null,
        null,
        new InboundMessage.Source(topic, 0, id));
  }
}
