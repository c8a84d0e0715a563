package dev.converge.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract of every service's records: each meets the schema and the example of its type. The
 * records of all services meet the same, so that each service can read the others' messages.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public interface MessageContract {
  /** Begins the id of every schema; the message's type name follows. */
  String ID_PREFIX = "urn:converge:message:";

  /** The fields that hold integers. */
  List<String> NUMBERS = List.of("amountMinor", "quantity");

  /** How a payload names its order, which is the record's key too. */
  Pattern ORDER_ID = Pattern.compile("\"orderId\"\\s*:\\s*\"([^\"]*)\"");

  /** The class whose records are the service's messages. */
  Class<?> messagesClass();

  /** The record of a payload, as the service reads it. */
  default Record decode(String typeName, JsonNode payload) {
    return decode(typeName, payload.toString());
  }

  /** The record of a payload's text, as the service reads it. */
  Record decode(String typeName, String payload);

  /** The payload of a record, as the service writes it. */
  String encode(Record message);

  /** The service's name of a record's type. */
  String nameOf(Record message);

  /** The service's messages. */
  default Stream<Class<?>> messages() {
    return Arrays.stream(messagesClass().getDeclaredClasses()).filter(Class::isRecord);
  }

  @ParameterizedTest
  @MethodSource("messages")
  default void exampleIsDecodedAndEncodedWithoutLoss(Class<?> type) {
    JsonNode example = example(type);

    Record decoded = decode(typeName(type), example);

    assertThat(decoded).isInstanceOf(type);
    assertThat(nameOf(decoded)).isEqualTo(typeName(type));
    assertThat(ContractResources.tree(encode(decoded))).isEqualTo(example);
  }

  @ParameterizedTest
  @MethodSource("messages")
  default void encodedRecordFitsItsSchema(Class<?> type) {
    Record decoded = decode(typeName(type), example(type));
    JsonNode encoded = ContractResources.tree(encode(decoded));

    assertThat(ContractResources.faults(schema(type), encoded)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("messages")
  default void schemaRequiresEveryFieldOfItsRecordAndNoOther(Class<?> type) {
    List<String> fields =
        Arrays.stream(type.getRecordComponents()).map(field -> field.getName()).toList();

    assertThat(required(type)).isEqualTo(fields);
    assertThat(schema(type).get("properties").fieldNames())
        .toIterable()
        .containsExactlyElementsOf(fields);
  }

  @ParameterizedTest
  @MethodSource("messages")
  default void payloadThatLacksARequiredFieldIsRefused(Class<?> type) {
    for (String field : required(type)) {
      ObjectNode broken = example(type);
      broken.remove(field);

      assertThat(ContractResources.faults(schema(type), broken))
          .singleElement()
          .satisfies(fault -> assertThat(fault.getProperty()).isEqualTo(field));
    }
  }

  @ParameterizedTest
  @MethodSource("messages")
  default void fieldThatANewerSenderAddsIsAllowedAndIgnored(Class<?> type) {
    ObjectNode example = example(type);
    ObjectNode newer = example.deepCopy().put("addedLater", 1);

    assertThat(ContractResources.faults(schema(type), newer)).isEmpty();
    assertThat(ContractResources.tree(encode(decode(typeName(type), newer)))).isEqualTo(example);
  }

  /**
   * Goal: a decoder and its schema agree. Method: the example, changed at random. Two rules of the
   * decoder are stricter than a schema can say: an integer is written in plain digits, and no SKU
   * occurs in two lines.
   */
  @ParameterizedTest
  @MethodSource("messages")
  default void payloadIsDecodedIfAndOnlyIfItFitsItsSchema(Class<?> type) {
    ObjectNode schema = schema(type);
    JsonSchema compiled = ContractResources.compiled(schema);
    AtomicInteger fitting = new AtomicInteger();
    AtomicInteger others = new AtomicInteger();
    Seed.forEach(
        400,
        seed -> {
          String payload = new SchemaMutations(schema, schema, example(type), seed).next();
          JsonNode value = ContractResources.tree(payload);
          boolean fits = ContractResources.faults(compiled, value).isEmpty();
          (fits ? fitting : others).incrementAndGet();
          if (fits && !hasAnotherNotation(value) && !hasASkuTwice(value)) {
            assertThat(decode(typeName(type), payload)).as(payload).isInstanceOf(type);
          } else {
            assertThatThrownBy(() -> assertThat(decode(typeName(type), payload)).isNull())
                .as(payload)
                .hasMessageStartingWith(typeName(type) + ": ")
                .hasMessageNotContaining("dev.converge.testkit")
                .extracting(refusal -> refusal.getClass().getSimpleName())
                .isEqualTo("UnprocessableMessageException");
          }
        });
    if (System.getProperty("converge.seed") == null) {
      assertThat(fitting.get()).as("payloads that fit").isPositive();
      assertThat(others.get()).as("payloads that do not fit").isPositive();
    }
  }

  @ParameterizedTest
  @MethodSource("messages")
  default void onlyOneJsonObjectOfPlainFieldsIsAccepted(Class<?> type) {
    String example = example(type).toString();
    String end = example.substring(1);
    for (String payload :
        List.of(
            "",
            "null",
            "[" + example + "]",
            example + example,
            example + "x",
            example.substring(0, example.length() - 1),
            "{\"orderId\":\"0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901\"," + end,
            "{\"addedLater\":1,\"addedLater\":2," + end,
            "{\"addedLater\":" + "[".repeat(2_000) + "]".repeat(2_000) + "," + end)) {
      assertThatThrownBy(() -> assertThat(decode(typeName(type), payload)).isNull())
          .as(payload)
          .hasMessageStartingWith(typeName(type) + ": ")
          .extracting(refusal -> refusal.getClass().getSimpleName())
          .isEqualTo("UnprocessableMessageException");
    }
  }

  /** The key of a payload: its order; any other if it names none. */
  static String key(String payload) {
    Matcher order = ORDER_ID.matcher(payload);
    return order.find() ? order.group(1).toLowerCase(Locale.ROOT) : "no order";
  }

  private static boolean hasAnotherNotation(JsonNode payload) {
    return payload.isFloatingPointNumber()
        || payload.properties().stream()
            .filter(field -> NUMBERS.contains(field.getKey()))
            .anyMatch(field -> hasAnotherNotation(field.getValue()))
        || (payload.has("lines")
            && StreamSupport.stream(payload.get("lines").spliterator(), false)
                .anyMatch(MessageContract::hasAnotherNotation));
  }

  private static boolean hasASkuTwice(JsonNode payload) {
    List<String> skus =
        StreamSupport.stream(payload.path("lines").spliterator(), false)
            .map(line -> line.path("sku").asText())
            .toList();
    return skus.stream().distinct().count() < skus.size();
  }

  /** The name of a message's type on the wire, as in its schema. */
  default String typeName(Class<?> type) {
    String id = schema(type).get("$id").textValue();
    assertThat(id).startsWith(ID_PREFIX).endsWith("." + type.getSimpleName() + ".v1");
    return id.substring(ID_PREFIX.length());
  }

  /** The schema of a message. */
  default ObjectNode schema(Class<?> type) {
    return ContractResources.document("messages/" + type.getSimpleName() + ".v1.schema.json");
  }

  /** The example of a message in the AsyncAPI document. */
  default ObjectNode example(Class<?> type) {
    JsonNode messages = ContractResources.document("asyncapi.json").at("/components/messages");
    JsonNode example = messages.path(type.getSimpleName()).at("/examples/0/payload");
    return ((ObjectNode) example).deepCopy();
  }

  private List<String> required(Class<?> type) {
    JsonNode names = schema(type).get("required");
    return StreamSupport.stream(names.spliterator(), false).map(JsonNode::textValue).toList();
  }
}
