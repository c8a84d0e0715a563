package dev.converge.lab.faults;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Headers as a foreign sender may set them on a valid message. They do not decide whether a message
 * is handled.
 */
final class ForeignHeaders {
  private static final String VALID = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  /** As much as the broker takes beside a message. */
  private static final int LARGEST_BYTES = 1_040_000;

  /** Less than the broker takes, and more than anyone has a use for. */
  private static final int LARGE_BYTES = 100_000;

  /** Another value of a header, or its removal, for each of its occurrences. */
  private static final class Foreign {
    private final String name;
    private final byte @Nullable [] value;
    private final int times;

    Foreign(String name, byte @Nullable [] value, int times) {
      this.name = name;
      this.value = value;
      this.times = times;
    }
  }

  private static final List<Foreign> ALL =
      List.of(
          traceparent(new byte[0]),
          traceparent(bytes("garbage")),
          traceparent(bytes("00-00000000000000000000000000000000-00f067aa0ba902b7-01")),
          traceparent(bytes("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")),
          traceparent(bytes(VALID.toUpperCase(java.util.Locale.ROOT))),
          traceparent(bytes(VALID + "-and-more")),
          traceparent(bytes(VALID.substring(0, 20) + "\0" + VALID.substring(21))),
          traceparent(invalidUtf8()),
          traceparent(null),
          new Foreign("traceparent", bytes(VALID), 0),
          new Foreign("traceparent", bytes(VALID), 3),
          traceparent(repeated('a', LARGEST_BYTES)),
          new Foreign("tracestate", bytes("a=\0,,=b"), 1),
          new Foreign("tracestate", invalidUtf8(), 1),
          new Foreign("tracestate", repeated('t', LARGE_BYTES), 1),
          new Foreign("ce_time", bytes("2016-12-31T23:59:60Z"), 1),
          new Foreign("ce_time", bytes("yesterday"), 1),
          new Foreign("ce_time", bytes("2026-01-01T00:00:00\0Z"), 1),
          new Foreign("ce_time", invalidUtf8(), 1),
          new Foreign("ce_time", repeated('9', LARGE_BYTES), 1),
          new Foreign("ce_time", null, 1),
          new Foreign("ce_time", null, 0),
          new Foreign("ce_subject", invalidUtf8(), 1),
          new Foreign("ce_unheardof", repeated('x', LARGE_BYTES), 1),
          new Foreign("content-type", bytes("application/json; charset=utf-8"), 1));

  private ForeignHeaders() {}

  /** How many kinds there are. */
  static int kinds() {
    return ALL.size();
  }

  /** The message as it is, but for the headers of one kind. */
  static ProducerRecord<byte[], byte[]> on(ConsumerRecord<byte[], byte[]> message, int number) {
    Foreign foreign = ALL.get(Math.floorMod(number, ALL.size()));
    ProducerRecord<byte[], byte[]> changed =
        new ProducerRecord<>(
            message.topic(),
            message.partition(),
            message.key(),
            message.value(),
            message.headers());
    changed.headers().remove(foreign.name);
    for (int time = 0; time < foreign.times; time++) {
      changed.headers().add(foreign.name, foreign.value);
    }
    return changed;
  }

  private static Foreign traceparent(byte @Nullable [] value) {
    return new Foreign("traceparent", value, 1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] invalidUtf8() {
    return new byte[] {'0', '0', '-', (byte) 0xc3, (byte) 0x28, (byte) 0xff};
  }

  private static byte[] repeated(char what, int times) {
    return bytes(String.valueOf(what).repeat(times));
  }
}
