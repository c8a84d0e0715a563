package dev.converge.bounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class PollBudgetTest {
  private static final int MAX = PollBudget.MAX_BYTES;

  private final PollBudget<byte[]> budget = new PollBudget<>(Utils::toArray);

  @Test
  void recordsAreRefusedOnceTheBoundIsReached() {
    record(10, MAX - 11);
    record(1, 0);
    assertThatThrownBy(() -> record(1, 1)).isInstanceOf(SerializationException.class);
    assertThatThrownBy(() -> record(1, 1)).isInstanceOf(SerializationException.class);

    budget.begin();
    record(1, 1);
  }

  @Test
  void firstRecordIsNeverRefused() {
    record(MAX, MAX);
    assertThatThrownBy(() -> record(0, 0)).isInstanceOf(SerializationException.class);
  }

  @Test
  void valueIsAcceptedWithItsKey() {
    record(1, 1);
    record(MAX, MAX);
  }

  @Test
  void recordsWithoutAKeyOrAValueCountToo() {
    Headers without = new RecordHeaders();
    part(without, MAX);
    assertThatThrownBy(() -> part(new RecordHeaders(), 1))
        .isInstanceOf(SerializationException.class);
  }

  @Test
  void headersCount() {
    Headers many = new RecordHeaders();
    for (int number = 0; number <= MAX / PollBudget.HEADER_BYTES; number++) {
      many.add("h", number % 2 == 0 ? null : new byte[0]);
    }
    part(many, 0);
    assertThatThrownBy(() -> record(1, 1)).isInstanceOf(SerializationException.class);
  }

  private void record(int keyBytes, int valueBytes) {
    Headers headers = new RecordHeaders();
    part(headers, keyBytes);
    part(headers, valueBytes);
  }

  private void part(Headers headers, int bytes) {
    ByteBuffer data = ByteBuffer.allocate(bytes);
    assertThat(budget.deserialize("topic", headers, data)).hasSize(bytes);
  }
}
