package dev.converge.inventory.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import dev.converge.outbox.InboundMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: what the inventory service sends and reads is what the contracts say. Method: every record
 * of {@link InventoryMessages} meets the schema and the example of its type, which the other
 * services meet in tests of their own.
 */
class ContractTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ID_PREFIX = "urn:converge:message:";

  static Stream<Class<?>> messages() {
    return Arrays.stream(InventoryMessages.class.getDeclaredClasses()).filter(Class::isRecord);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void anExampleIsDecodedAndEncodedWithoutLoss(Class<?> type) {
    JsonNode example = contract(type, "example");

    Record decoded = decode(type, example);

    assertThat(decoded).isInstanceOf(type);
    assertThat(InventoryMessages.TYPES.nameOf(decoded)).isEqualTo(typeName(type));
    assertThat(encode(decoded)).isEqualTo(example);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void anEncodedRecordFitsItsSchema(Class<?> type) {
    JsonNode encoded = encode(decode(type, contract(type, "example")));

    assertThat(faults(type, encoded)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aSchemaRequiresEveryFieldOfItsRecordAndNoOther(Class<?> type) {
    List<String> fields =
        Arrays.stream(type.getRecordComponents()).map(field -> field.getName()).toList();

    assertThat(required(type)).isEqualTo(fields);
    assertThat(contract(type, "schema").get("properties").fieldNames())
        .toIterable()
        .containsExactlyElementsOf(fields);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aPayloadThatLacksARequiredFieldIsRefused(Class<?> type) {
    for (String field : required(type)) {
      ObjectNode broken = contract(type, "example");
      broken.remove(field);

      assertThat(faults(type, broken))
          .singleElement()
          .satisfies(fault -> assertThat(fault.getProperty()).isEqualTo(field));
    }
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aFieldThatANewerSenderAddsIsAllowedAndIgnored(Class<?> type) {
    ObjectNode example = contract(type, "example");
    ObjectNode newer = example.deepCopy().put("addedLater", 1);

    assertThat(faults(type, newer)).isEmpty();
    assertThat(encode(decode(type, newer))).isEqualTo(example);
  }

  private static String typeName(Class<?> type) {
    String id = contract(type, "schema").get("$id").textValue();
    assertThat(id).startsWith(ID_PREFIX).endsWith("." + type.getSimpleName() + ".v1");
    return id.substring(ID_PREFIX.length());
  }

  private static Record decode(Class<?> type, JsonNode payload) {
    UUID id = UUID.randomUUID();
    return InventoryMessages.TYPES.decode(
        new InboundMessage(
            id,
            typeName(type),
            payload.get("orderId").textValue(),
            payload.toString(),
            null,
            null,
            null,
            null,
            new InboundMessage.Source("any", 0, 0)));
  }

  private static JsonNode encode(Record payload) {
    try {
      return JSON.readTree(InventoryMessages.TYPES.encode(payload));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> required(Class<?> type) {
    JsonNode names = contract(type, "schema").get("required");
    return StreamSupport.stream(names.spliterator(), false).map(JsonNode::textValue).toList();
  }

  private static Set<ValidationMessage> faults(Class<?> type, JsonNode payload) {
    JsonSchema schema =
        JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(contract(type, "schema"));
    return schema.validate(
        payload, validation -> validation.getExecutionConfig().setFormatAssertionsEnabled(true));
  }

  private static ObjectNode contract(Class<?> type, String part) {
    return resource("messages/" + type.getSimpleName() + ".v1." + part + ".json");
  }

  private static ObjectNode resource(String name) {
    try (InputStream found = ContractTest.class.getResourceAsStream("/" + name)) {
      assertThat(found).as(name).isNotNull();
      return (ObjectNode) JSON.readTree(found);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
