package dev.converge.inventory.messaging;

import dev.converge.outbox.InboundMessage;
import dev.converge.testkit.MessageContract;
import java.util.UUID;

/**
 * Goal: every message that the inventory service sends and reads conforms to the contracts. Method:
 * every record of {@link InventoryMessages} meets the schema and the example of its type.
 */
class ContractTest implements MessageContract {
  @Override
  public Class<?> messagesClass() {
    return InventoryMessages.class;
  }

  @Override
  public Record decode(String typeName, String payload) {
    return InventoryMessages.TYPES.decode(
        new InboundMessage(
            UUID.randomUUID(),
            typeName,
            MessageContract.key(payload),
            payload,
            null,
            null,
            null,
            null,
            new InboundMessage.Source("any", 0, 0)));
  }

  @Override
  public String encode(Record message) {
    return InventoryMessages.TYPES.encode(message).json();
  }

  @Override
  public String nameOf(Record message) {
    return InventoryMessages.TYPES.encode(message).type();
  }
}
