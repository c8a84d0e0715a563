package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a record is read as the CloudEvent it is, or refused, and even then has an id to be parked
 * by. Method: records made by hand, whole and broken.
 */
class RecordsTest {
  private static final UUID ID = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057");
  private static final UUID ORDER_ID = new UUID(0, 1);
  private static final UUID CAUSE_ID = new UUID(0, 2);
  private static final String TRACEPARENT =
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  private final Map<String, @Nullable String> headers = new LinkedHashMap<>();

  RecordsTest() {
    headers.put("ce_id", ID.toString());
    headers.put("ce_type", "dev.converge.order.OrderCompleted.v1");
    headers.put("ce_correlationid", ORDER_ID.toString());
    headers.put("ce_causationid", CAUSE_ID.toString());
    headers.put("ce_time", "2026-01-01T01:00:00.5+01:00");
    headers.put("traceparent", TRACEPARENT);
  }

  private ConsumerRecord<byte[], byte[]> at(int partition, long offset, long timestamp) {
    return at(partition, offset, timestamp, "key", "{}");
  }

  // Kafka delivers null keys and values, although its client is not annotated so.
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
                TRACEPARENT,
                new InboundMessage.Source("topic", 3, 42)));
  }

  @Test
  void optionalHeadersMayBeAbsent() {
    headers.keySet().removeIf(name -> !name.equals("ce_id") && !name.equals("ce_type"));

    InboundMessage message = Records.message(at(0, 0, 0));

    assertThat(message.correlationId()).isNull();
    assertThat(message.causationId()).isNull();
    assertThat(message.time()).isNull();
    assertThat(message.traceparent()).isNull();
  }

  @Test
  void refusesARecordWithoutAnId() {
    headers.remove("ce_id");
    isRefused(at(0, 0, 0), "ce_id");
  }

  @Test
  void refusesARecordWhoseIdIsNotAUuid() {
    headers.put("ce_id", "42");
    isRefused(at(0, 0, 0), "ce_id: 42");
    headers.put("ce_id", null);
    isRefused(at(0, 0, 0), "ce_id");
  }

  @Test
  void refusesARecordWithoutAType() {
    headers.remove("ce_type");
    isRefused(at(0, 0, 0), "ce_type");
  }

  @Test
  void refusesARecordWithoutKeyOrValue() {
    isRefused(at(0, 0, 0, null, "{}"), "the key is missing");
    isRefused(at(0, 0, 0, "key", null), "the value is missing");
  }

  @Test
  void refusesARecordWhoseKeyOrValueIsNotUtf8() {
    byte[] broken = {'{', '"', 'a', '"', ':', '"', (byte) 0xff, '"', '}'};
    byte[] cut = {(byte) 0xc3};
    isRefused(at(0, 0, 0, bytes("key"), broken), "value is not UTF-8");
    isRefused(at(0, 0, 0, bytes("key"), cut), "value is not UTF-8");
    isRefused(at(0, 0, 0, broken, bytes("{}")), "key is not UTF-8");
  }

  @ParameterizedTest
  @CsvSource({
    "ce_time, yesterday",
    "ce_time, 2026-12-31T23:59:60Z",
    "ce_time, +9999999999-01-01T00:00:00Z",
    "ce_time, ''",
    "ce_correlationid, x",
    "ce_correlationid, 1-1-1-1-1",
    "ce_causationid, ''",
    "ce_causationid, 01890a5d-ac96-774b-bcce-b302099a8057-",
    "traceparent, garbage",
    "traceparent, 00-00000000000000000000000000000000-0000000000000000-00"
  })
  void optionalHeaderThatCannotBeReadCountsAsAbsent(String name, String text) {
    headers.remove(name);
    InboundMessage without = Records.message(at(0, 0, 0));
    headers.put(name, text);

    assertThat(Records.message(at(0, 0, 0))).isEqualTo(without);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ce_time", "ce_correlationid", "ce_causationid", "traceparent", "own"})
  void optionalHeaderOfArbitraryBytesAndSizeHasNoEffect(String name) {
    headers.remove(name);
    InboundMessage without = Records.message(at(0, 0, 0));
    for (byte[] value :
        List.of(new byte[0], new byte[] {0}, new byte[] {(byte) 0xff}, new byte[1_048_200])) {
      ConsumerRecord<byte[], byte[]> entry = at(0, 0, 0);
      entry.headers().add(name, value);

      assertThat(Records.message(entry)).isEqualTo(without);
    }
  }

  @Test
  void readsAnImplausibleTimeWithoutFurtherEffect() {
    headers.put("ce_time", "-999999999-01-01T00:00:00Z");

    assertThat(Records.message(at(0, 0, 0)).id()).isEqualTo(ID);
  }

  @Test
  void lastOfSeveralHeadersWithTheSameNameCounts() {
    UUID other = new UUID(7, 7);
    ConsumerRecord<byte[], byte[]> entry = at(0, 0, 0);
    entry.headers().add("ce_id", bytes(other.toString()));
    entry.headers().add("traceparent", null);

    assertThat(Records.message(entry).id()).isEqualTo(other);
    assertThat(Records.idOf(entry)).isEqualTo(other);
    assertThat(Records.message(entry).traceparent()).isNull();
  }

  @Test
  void requiredPartsAreBounded() {
    assertThat(Records.message(at(0, 0, 0, "k".repeat(1_000), "x".repeat(1_000_000))).id())
        .isEqualTo(ID);
    isRefused(at(0, 0, 0, "k".repeat(1_001), "{}"), "key: 1001 bytes");
    isRefused(at(0, 0, 0, "", "{}"), "key: 0 bytes");
    isRefused(at(0, 0, 0, "key", "x".repeat(1_000_001)), "value: 1000001 bytes");
    headers.put("ce_id", "1-1-1-1-1");
    isRefused(at(0, 0, 0), "ce_id: 1-1-1-1-1");
    headers.put("ce_id", ID.toString());
    for (String type : List.of("", "t".repeat(256), "a b", "a\0", "\u001b[31m", "é")) {
      headers.put("ce_type", type);
      isRefused(at(0, 0, 0), "ce_type: ");
    }
    headers.put("ce_type", "t".repeat(255));
    assertThat(Records.message(at(0, 0, 0)).type()).hasSize(255);
  }

  @Test
  void idOfARecordIsIndependentOfItsPlace() {
    assertThat(Records.idOf(at(0, 1, 2))).isEqualTo(ID);
    assertThat(Records.idOf(at(3, 4, 5))).isEqualTo(ID);
  }

  @Test
  void derivedIdIsStableAndDistinctPerPlace() {
    headers.put("ce_id", "42");
    UUID id = Records.idOf(at(0, 1, 2));
    headers.remove("ce_id");

    assertThat(Records.idOf(at(0, 1, 2))).isEqualTo(id);
    assertThat(Records.idOf(at(1, 1, 2))).isNotEqualTo(id);
    assertThat(Records.idOf(at(0, 2, 2))).isNotEqualTo(id);
    assertThat(Records.idOf(at(0, 1, 3))).as("recreated topic").isNotEqualTo(id);
  }

  @Test
  void keepsHeadersUnchanged() {
    headers.clear();
    headers.put("ce_id", "42");
    headers.put("own", "é");
    headers.put("ce_causationid", null);

    assertThat(Records.headers(at(0, 0, 0))).isEqualTo(Map.of("ce_id", "42", "own", "é"));
  }
}
