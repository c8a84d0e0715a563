package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: a record is read as the CloudEvent it is, or refused, and even then has an id to be parked
 * by. Method: records made by hand, whole and broken.
 */
class RecordsTest {
  private static final UUID ID = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057");
  private static final UUID ORDER_ID = new UUID(0, 1);
  private static final UUID CAUSE_ID = new UUID(0, 2);

  private final Map<String, @Nullable String> headers = new LinkedHashMap<>();

  RecordsTest() {
    headers.put("ce_id", ID.toString());
    headers.put("ce_type", "dev.converge.order.OrderCompleted.v1");
    headers.put("ce_correlationid", ORDER_ID.toString());
    headers.put("ce_causationid", CAUSE_ID.toString());
    headers.put("ce_time", "2026-01-01T01:00:00.5+01:00");
    headers.put("traceparent", "00-trace");
  }

  private ConsumerRecord<byte[], byte[]> at(int partition, long offset, long timestamp) {
    return at(partition, offset, timestamp, "key", "{}");
  }

  // Null keys and values are what Kafka delivers, though its client is not annotated to say so.
  private ConsumerRecord<byte[], byte[]> at(
      int partition, long offset, long timestamp, @Nullable String key, @Nullable String value) {
    return at(partition, offset, timestamp, bytes(key), bytes(value));
  }

  private ConsumerRecord<byte[], byte[]> at(
      int partition, long offset, long timestamp, byte @Nullable [] key, byte @Nullable [] value) {
    RecordHeaders kafka = new RecordHeaders();
    headers.forEach((name, text) -> kafka.add(name, bytes(text)));
    return new ConsumerRecord<>(
        "topic",
        partition,
        offset,
        timestamp,
        TimestampType.CREATE_TIME,
        0,
        0,
        key,
        value,
        kafka,
        Optional.empty());
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  private void isRefused(ConsumerRecord<byte[], byte[]> entry, String reason) {
    assertThatThrownBy(() -> assertThat(Records.message(entry)).isNull())
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void readsACloudEventInBinaryMode() {
    assertThat(Records.message(at(3, 42, 0, "key-é", "{\"a\":\"é\"}")))
        .isEqualTo(
            new InboundMessage(
                ID,
                "dev.converge.order.OrderCompleted.v1",
                "key-é",
                "{\"a\":\"é\"}",
                ORDER_ID,
                CAUSE_ID,
                Instant.parse("2026-01-01T00:00:00.500Z"),
                "00-trace",
                new InboundMessage.Source("topic", 3, 42)));
  }

  @Test
  void whatIsOptionalMayBeAbsent() {
    headers.keySet().removeIf(name -> !name.equals("ce_id") && !name.equals("ce_type"));

    InboundMessage message = Records.message(at(0, 0, 0));

    assertThat(message.correlationId()).isNull();
    assertThat(message.causationId()).isNull();
    assertThat(message.time()).isNull();
    assertThat(message.traceparent()).isNull();
  }

  @Test
  void recordWithoutAnIdIsRefused() {
    headers.remove("ce_id");
    isRefused(at(0, 0, 0), "ce_id");
  }

  @Test
  void recordWhoseIdIsNoUuidIsRefused() {
    headers.put("ce_id", "42");
    isRefused(at(0, 0, 0), "ce_id: 42");
    headers.put("ce_id", null);
    isRefused(at(0, 0, 0), "ce_id");
  }

  @Test
  void recordWithoutATypeIsRefused() {
    headers.remove("ce_type");
    isRefused(at(0, 0, 0), "ce_type");
  }

  @Test
  void recordWithoutKeyOrValueIsRefused() {
    isRefused(at(0, 0, 0, null, "{}"), "key and value");
    isRefused(at(0, 0, 0, "key", null), "key and value");
  }

  @Test
  void recordWhoseKeyOrValueIsNoTextIsRefusedAndNotHandledAsAnother() {
    byte[] broken = {'{', '"', 'a', '"', ':', '"', (byte) 0xff, '"', '}'};
    byte[] cut = {(byte) 0xc3};
    isRefused(at(0, 0, 0, bytes("key"), broken), "value is no UTF-8");
    isRefused(at(0, 0, 0, bytes("key"), cut), "value is no UTF-8");
    isRefused(at(0, 0, 0, broken, bytes("{}")), "key is no UTF-8");
  }

  @Test
  void recordWithABrokenOptionalHeaderIsRefused() {
    headers.put("ce_time", "yesterday");
    isRefused(at(0, 0, 0), "ce_time: yesterday");
    headers.put("ce_time", "2026-01-01T00:00:00Z");
    headers.put("ce_causationid", "x");
    isRefused(at(0, 0, 0), "ce_causationid: x");
  }

  @Test
  void idIsTheRecordsOwnWhereverItIs() {
    assertThat(Records.idOf(at(0, 1, 2))).isEqualTo(ID);
    assertThat(Records.idOf(at(3, 4, 5))).isEqualTo(ID);
  }

  @Test
  void idOfARecordWithoutAReadableOneIsStableAndDistinctPerPlace() {
    headers.put("ce_id", "42");
    UUID id = Records.idOf(at(0, 1, 2));
    headers.remove("ce_id");

    assertThat(Records.idOf(at(0, 1, 2))).isEqualTo(id);
    assertThat(Records.idOf(at(1, 1, 2))).isNotEqualTo(id);
    assertThat(Records.idOf(at(0, 2, 2))).isNotEqualTo(id);
    assertThat(Records.idOf(at(0, 1, 3))).as("a topic made anew").isNotEqualTo(id);
  }

  @Test
  void headersAreKeptAsTheyCame() {
    headers.clear();
    headers.put("ce_id", "42");
    headers.put("own", "é");
    headers.put("ce_causationid", null);

    assertThat(Records.headers(at(0, 0, 0))).isEqualTo(Map.of("ce_id", "42", "own", "é"));
  }
}
