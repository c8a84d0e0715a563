package dev.converge.order.saga;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.outbox.InboundMessage;
import dev.converge.testkit.ContractResources;
import dev.converge.testkit.MessageContract;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: what the order service sends and reads is what the contracts say. Method: every record of
 * {@link ParticipantMessages} meets the schema and the example of its type.
 */
class ContractTest implements MessageContract {
  @Override
  public Class<?> messagesClass() {
    return ParticipantMessages.class;
  }

  @Override
  public Record decode(String typeName, String payload) {
    return ParticipantMessages.TYPES.decode(
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
    return ParticipantMessages.TYPES.encode(message).json();
  }

  @Override
  public String nameOf(Record message) {
    return ParticipantMessages.TYPES.encode(message).type();
  }

  @Test
  void asyncApiDocumentHasEveryMessageAndEveryTopic() {
    JsonNode document = ContractResources.document("asyncapi.json");

    assertThat(document.at("/components/messages").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrderElementsOf(messages().map(Class::getSimpleName).toList());
    messages()
        .forEach(
            type -> {
              JsonNode message = document.at("/components/messages/" + type.getSimpleName());
              assertThat(message.get("name").textValue()).isEqualTo(typeName(type));
              assertThat(message.at("/payload/$ref").textValue())
                  .isEqualTo("./messages/" + type.getSimpleName() + ".v1.schema.json");
              assertThat(message.at("/examples/0/payload").isObject()).isTrue();
            });
    assertThat(document.get("channels"))
        .extracting(channel -> channel.get("address").textValue())
        .containsExactlyInAnyOrder(
            ParticipantMessages.INVENTORY_COMMANDS,
            ParticipantMessages.PAYMENT_COMMANDS,
            ParticipantMessages.ORDER_REPLIES,
            ParticipantMessages.ORDER_EVENTS);
  }

  @Test
  void asyncApiDocumentHasTheTopicsWithTheirPartitions() throws IOException {
    Properties topics = new Properties();
    try (Reader file = Files.newBufferedReader(Path.of("../infra/kafka/topics.properties"))) {
      topics.load(file);
    }
    for (JsonNode channel : ContractResources.document("asyncapi.json").get("channels")) {
      assertThat(channel.at("/bindings/kafka/partitions").asText())
          .isEqualTo(topics.getProperty(channel.get("address").textValue()));
    }
  }
}
