package dev.converge.payment.messaging;

import dev.converge.outbox.InboundMessage;
import dev.converge.testkit.MessageContract;
import java.util.UUID;

/**
 * Goal: every message that the payment service sends and reads conforms to the contracts. Method:
 * every record of {@link PaymentMessages} meets the schema and the example of its type.
 */
class ContractTest implements MessageContract {
  @Override
  public Class<?> messagesClass() {
    return PaymentMessages.class;
  }

  @Override
  public Record decode(String typeName, String payload) {
    return PaymentMessages.TYPES.decode(
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
    return PaymentMessages.TYPES.encode(message).json();
  }

  @Override
  public String nameOf(Record message) {
    return PaymentMessages.TYPES.encode(message).type();
  }
}
