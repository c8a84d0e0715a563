package dev.converge.outbox.delivery;

import dev.converge.outbox.UnprocessableMessageException;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.UUID;

/** An entry of partition {@code topic-0}; its aggregate is the first letter of its payload. */
record TestEntry(UUID id, long offset, String payload) {
  static final Partition PARTITION = new Partition("topic", 0);

  static final EntryReader<TestEntry> READER =
      new EntryReader<>() {
        @Override
        public Partition partition(TestEntry entry) {
          return PARTITION;
        }

        @Override
        public long offset(TestEntry entry) {
          return entry.offset();
        }

        @Override
        public UUID id(TestEntry entry) {
          return entry.id();
        }

        @Override
        public String type(TestEntry entry) {
          return "type";
        }

        @Override
        public String aggregate(TestEntry entry) {
          return entry.payload().substring(0, 1);
        }
      };

  static TestEntry of(long offset, String payload) {
    return new TestEntry(new UUID(0, offset + 1), offset, payload);
  }

  /** Three attempts per message, 1 to 2 ms between retries. */
  static DeliverySettings settings(int maxBatch) {
    return new DeliverySettings(
        maxBatch, Duration.ofSeconds(1), 3, new Backoff(1, 2, 500, bound -> 0));
  }

  static Fault fault(Throwable cause) {
    if (cause instanceof UnprocessableMessageException) {
      return Fault.MESSAGE;
    }
    return cause instanceof PgException ? Fault.ENVIRONMENT : Fault.UNCERTAIN;
  }
}
