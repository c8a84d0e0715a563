package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.DeadLetter.Header;
import dev.converge.testkit.Seed;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/**
 * Goal: the headers of a record survive as they are. Method: random headers, written and read; the
 * column of rows from before.
 */
class DeadLetterHeadersTest {
  private static ConsumerRecord<byte[], byte[]> entry() {
    return new ConsumerRecord<>("topic", 0, 0, new byte[0], new byte[0]);
  }

  @Test
  void keepsHeadersWithTheirOrderBytesAndDuplicates() {
    Seed.forEach(
        300,
        seed -> {
          Random random = new Random(seed);
          ConsumerRecord<byte[], byte[]> entry = entry();
          List<Header> expected = new ArrayList<>();
          for (int n = random.nextInt(6); n > 0; n--) {
            String name = List.of("ce_id", "a", "", "nul\0", "é\u001b\n").get(random.nextInt(5));
            byte[] value = new byte[random.nextInt(300)];
            random.nextBytes(value);
            boolean isAbsent = random.nextInt(5) == 0;
            entry.headers().add(name, isAbsent ? null : value);
            expected.add(new Header(name, isAbsent ? null : Buffer.buffer(value)));
          }

          String written = DeadLetterHeaders.pairs(entry);

          assertThat(written).doesNotContain("\0");
          assertThat(DeadLetterHeaders.texts(entry)).doesNotContain("\0");
          assertThat(DeadLetterHeaders.read(written, "{}")).isEqualTo(expected);
        });
  }

  @Test
  void readsANameAsLongAsARecord() {
    ConsumerRecord<byte[], byte[]> entry = entry();
    entry.headers().add("n".repeat(1_000_000), new byte[] {0});

    assertThat(DeadLetterHeaders.read(DeadLetterHeaders.pairs(entry), "{}"))
        .containsExactly(new Header("n".repeat(1_000_000), Buffer.buffer(new byte[] {0})));
  }

  @Test
  void readsTheTextsOfOlderRows() {
    assertThat(DeadLetterHeaders.read(null, "{\"ce_type\":\"t\",\"own\":\"é\"}"))
        .containsExactly(
            new Header("ce_type", Buffer.buffer("t")), new Header("own", Buffer.buffer("é")));
  }
}
