package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A message that cannot be handled is parked as a dead letter and blocks no other; after a replay
 * it stays parked. Sends poison of every kind to every consumer, in the partition of an order that
 * must still complete.
 */
@Order(5)
class PoisonMessageIT {
  private static final String NUL = "\0";

  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = new OrderApi(platform);
  private final Convergence convergence = new Convergence(platform);

  @BeforeEach
  @AfterEach
  void dropDeadLetters() {
    for (String domain : Topology.domains()) {
      convergence.update(
          domain, "DELETE FROM inbox WHERE message_id IN (SELECT message_id FROM dead_letter)");
      convergence.update(domain, "DELETE FROM dead_letter");
    }
  }

  @Test
  void poisonIsParkedOnceAndItsNeighboursAreHandled() throws Exception {
    int kinds = 0;
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      for (Topology.Topic topic : Topology.consumedTopics()) {
        kinds = sendPoison(producer, topic.name());
      }
    }

    String orderId = api.place("espresso-beans", 1, "tok_ok");
    assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
        .isEqualTo("COMPLETED");
    for (String domain : Topology.domains()) {
      int expected = kinds;
      Awaitility.await("dead letters of " + domain)
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(convergence.strings(domain, "SELECT reason FROM dead_letter"))
                      .hasSize(expected));
      replayWithoutEffect(domain, expected);
    }
  }

  @Test
  void invalidOptionalHeadersFailNoMessageAndAreNotCopied() throws Exception {
    List<byte[]> hostile =
        List.of(
            "a".repeat(1_048_100).getBytes(StandardCharsets.UTF_8),
            bytes("garbage"),
            new byte[] {0},
            new byte[] {(byte) 0xff, (byte) 0xfe},
            bytes("2026-12-31T23:59:60Z"),
            bytes("-999999999-01-01T00:00:00Z"));
    List<String> orderIds = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      for (String header : List.of("traceparent", "tracestate", "ce_time", "ce_causationid", "x")) {
        for (byte[] value : hostile) {
          String orderId = UUID.randomUUID().toString();
          ProducerRecord<byte[], byte[]> record =
              message(
                  "inventory.commands",
                  orderId,
                  "{\"orderId\":\"%s\",\"lines\":[{\"sku\":\"poison\",\"quantity\":1}]}"
                      .formatted(orderId),
                  UUID.randomUUID().toString(),
                  knownType("inventory.commands"));
          record.headers().add(header, value);
          producer.send(record).get(10, TimeUnit.SECONDS);
          orderIds.add(orderId);
        }
      }
    }

    String ids = "('" + String.join("', '", orderIds) + "')";
    try {
      assertAnsweredAndRepliesParked(ids, orderIds.size());
    } finally {
      convergence.update("inventory", "DELETE FROM reservation WHERE order_id IN " + ids);
    }
  }

  private void assertAnsweredAndRepliesParked(String ids, int orders) {
    Awaitility.await("all are answered")
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(
                        convergence.strings(
                            "inventory",
                            "SELECT coalesce(traceparent, '') FROM outbox WHERE aggregateid IN "
                                + ids))
                    .hasSize(orders)
                    .allMatch(trace -> trace.matches("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")));
    assertThat(convergence.strings("inventory", "SELECT reason FROM dead_letter")).isEmpty();
    String orderId = api.place("espresso-beans", 1, "tok_ok");
    assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
        .isEqualTo("COMPLETED");
    // The order service knows no such orders: it parks the replies, once others are handled.
    Awaitility.await("all replies are parked")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(2))
        .untilAsserted(
            () -> {
              String another = api.place("espresso-beans", 1, "tok_ok");
              api.awaitEnd(another, Duration.ofSeconds(60));
              assertThat(convergence.strings("order", "SELECT reason FROM dead_letter"))
                  .hasSize(orders);
            });
  }

  @Test
  void recordWhoseKeyIsNotItsOrderIsParked() throws Exception {
    Map<String, String> topics =
        Topology.SERVICES.stream()
            .collect(
                Collectors.toMap(
                    Topology.Service::domain, service -> Topology.inputOf(service).name()));
    String orderId = UUID.randomUUID().toString();
    List<String> keys =
        List.of(
            UUID.randomUUID().toString(),
            orderId.toUpperCase(Locale.ROOT),
            "{" + orderId + "}",
            "no-order");
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      for (String topic : topics.values()) {
        for (String key : keys) {
          ProducerRecord<byte[], byte[]> record =
              message(
                  topic,
                  key,
                  fittingItsSchema(topic, orderId),
                  UUID.randomUUID().toString(),
                  knownType(topic));
          producer.send(record).get(10, TimeUnit.SECONDS);
        }
        ProducerRecord<byte[], byte[]> record =
            message(
                topic,
                null,
                fittingItsSchema(topic, orderId),
                UUID.randomUUID().toString(),
                knownType(topic));
        producer.send(record).get(10, TimeUnit.SECONDS);
      }
    }
    for (String domain : topics.keySet()) {
      String reason =
          knownType(topics.get(domain))
              + ": the record's key is not the orderId of its payload (expected: "
              + orderId
              + ")";
      Awaitility.await("dead letters of " + domain)
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(convergence.strings(domain, "SELECT reason FROM dead_letter"))
                      .containsExactlyInAnyOrder(
                          reason, reason, reason, reason, "not a CloudEvent: the key is missing"));
      // Each keeps its key: it is refused for it again.
      replayWithoutEffect(domain, 5);
    }
  }

  @Test
  void chargeInAWithdrawnCurrencyIsParkedAndTheReasonNamesIt() throws Exception {
    String orderId = UUID.randomUUID().toString();
    String topic = "payment.commands";
    String payload = fittingItsSchema(topic, orderId).replace("EUR", "HRK");
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      ProducerRecord<byte[], byte[]> record =
          message(topic, orderId, payload, UUID.randomUUID().toString(), knownType(topic));
      producer.send(record).get(10, TimeUnit.SECONDS);
    }
    Awaitility.await("dead letter")
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(convergence.strings("payment", "SELECT reason FROM dead_letter"))
                    .singleElement()
                    .asString()
                    .contains("currency", "HRK"));
  }

  private static String fittingItsSchema(String topic, String orderId) {
    return switch (topic) {
      case "inventory.commands" ->
          "{\"orderId\":\"" + orderId + "\",\"lines\":[{\"sku\":\"poison\",\"quantity\":1}]}";
      case "payment.commands" ->
          "{\"orderId\":\""
              + orderId
              + "\",\"amountMinor\":1,\"currency\":\"EUR\",\"paymentToken\":\"tok_ok\"}";
      default -> "{\"orderId\":\"" + orderId + "\"}";
    };
  }

  @ParameterizedTest
  @CsvSource({
    "order, order.events",
    "inventory, order.replies",
    "payment, order.replies",
  })
  void outboxRefusesWhatItCannotPublish(String domain, String topic) {
    String insert =
        """
        INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
        VALUES (gen_random_uuid(), '%s', 'key', 1, 'type', repeat('x', %d), gen_random_uuid())
        """;
    for (String refused :
        List.of(insert.formatted(topic, 1_100_000), insert.formatted("no.such.topic", 2))) {
      assertThatThrownBy(() -> convergence.update(domain, refused))
          .rootCause()
          .hasMessageContaining("violates check constraint");
    }
  }

  /** Replays all that is parked, which fails for the reason it was parked and changes nothing. */
  private void replayWithoutEffect(String domain, int expected) {
    Part service = Part.of(domain + "-service");
    JsonNode parked = deadLetters(service);
    assertThat(parked).hasSize(expected);
    for (JsonNode letter : parked) {
      String path = "/dead-letters/" + letter.path("deadLetterId").asText();
      Answer seen = api.send("GET", service, path, null);
      assertThat(seen.status()).as(seen.raw().body()).isEqualTo(200);
      Answer replayed =
          api.send(
              "POST",
              service,
              path + "/replay",
              "{\"operator\":\"grace\",\"reason\":\"to see whether it still fails\"}");
      assertThat(replayed.status()).as(replayed.raw().body()).isEqualTo(409);
      assertThat(replayed.body().path("type").asText())
          .isEqualTo("/problems/dead-letter-not-handled");
    }
    assertThat(deadLetters(service)).isEqualTo(parked);
  }

  private JsonNode deadLetters(Part service) {
    return api.send("GET", service, "/dead-letters?limit=100", null).body().path("items");
  }

  /** Sends one of each kind, and returns how many that is. */
  private static int sendPoison(KafkaProducer<byte[], byte[]> producer, String topic)
      throws Exception {
    String key = UUID.randomUUID().toString();
    String known = knownType(topic);
    List<ProducerRecord<byte[], byte[]>> poison =
        List.of(
            message(topic, key, "{}", null, known),
            message(topic, key, "{}", "not-a-uuid", known),
            message(topic, key, "{}", UUID.randomUUID().toString(), null),
            message(topic, key, "{}", UUID.randomUUID().toString(), "dev.converge.Unknown.v9"),
            message(topic, key, "{not json", UUID.randomUUID().toString(), known),
            message(topic, key, "[]", UUID.randomUUID().toString(), known),
            message(topic, key, null, UUID.randomUUID().toString(), known),
            message(topic, null, "{}", UUID.randomUUID().toString(), known),
            message(topic, key + NUL, NUL, UUID.randomUUID().toString(), known),
            message(topic, "no-order", "{}", UUID.randomUUID().toString(), known),
            message(topic, key, againstItsSchema(topic, key), UUID.randomUUID().toString(), known),
            noText(topic, key, known));
    for (ProducerRecord<byte[], byte[]> record : poison) {
      producer.send(record).get(10, TimeUnit.SECONDS);
    }
    return poison.size();
  }

  /** A message that would be handled if the malformed byte were replaced. */
  private static ProducerRecord<byte[], byte[]> noText(String topic, String key, String type) {
    String body =
        switch (topic) {
          case "inventory.commands" ->
              "{\"orderId\":\"%s\",\"lines\":[{\"sku\":\"poison\",\"quantity\":1}],\"note\":\"?\"}";
          case "payment.commands" ->
              "{\"orderId\":\"%s\",\"amountMinor\":1,\"currency\":\"EUR\",\"paymentToken\":\"tok_ok\","
                  + "\"note\":\"?\"}";
          default -> "{\"orderId\":\"%s\",\"note\":\"?\"}";
        };
    byte[] value = body.formatted(key).getBytes(StandardCharsets.ISO_8859_1);
    for (int at = 0; at < value.length; at++) {
      value[at] = value[at] == '?' ? (byte) 0xff : value[at];
    }
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, bytes(key), value);
    add(record.headers(), "ce_id", UUID.randomUUID().toString());
    add(record.headers(), "ce_type", type);
    return record;
  }

  /**
   * Messages that would be handled if a fraction were truncated, or another notation of an id
   * accepted.
   */
  private static String againstItsSchema(String topic, String key) {
    return switch (topic) {
      case "inventory.commands" ->
          "{\"orderId\":\"" + key + "\",\"lines\":[{\"sku\":\"poison\",\"quantity\":1.9}]}";
      case "payment.commands" ->
          "{\"orderId\":\""
              + key
              + "\",\"amountMinor\":12.99,\"currency\":\"EUR\",\"paymentToken\":\"tok_ok\"}";
      default -> "{\"orderId\":\" " + key + "\"}";
    };
  }

  private static String knownType(String topic) {
    return switch (topic) {
      case "inventory.commands" -> "dev.converge.inventory.ReserveStock.v1";
      case "payment.commands" -> "dev.converge.payment.ChargePayment.v1";
      default -> "dev.converge.inventory.StockReserved.v1";
    };
  }

  private static ProducerRecord<byte[], byte[]> message(
      String topic,
      @Nullable String key,
      @Nullable String value,
      @Nullable String id,
      @Nullable String type) {
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, bytes(key), bytes(value));
    add(record.headers(), "ce_id", id);
    add(record.headers(), "ce_type", type);
    return record;
  }

  private static void add(Headers headers, String name, @Nullable String value) {
    if (value != null) {
      headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  private KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers",
            "127.0.0.1:" + platform.platform().ports().of(Part.KAFKA),
            "max.request.size",
            "2000000",
            "key.serializer",
            ByteArraySerializer.class.getName(),
            "value.serializer",
            ByteArraySerializer.class.getName()));
  }
}
