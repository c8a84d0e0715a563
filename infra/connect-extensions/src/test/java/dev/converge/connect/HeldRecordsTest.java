package dev.converge.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HeldRecordsTest {
  private static final Schema ROW =
      SchemaBuilder.struct()
          .field("aggregatetype", Schema.STRING_SCHEMA)
          .field("aggregateid", Schema.STRING_SCHEMA)
          .build();
  private static final Schema CHANGE = SchemaBuilder.struct().field("after", ROW).build();

  private final HeldRecords held = new HeldRecords(Duration.ZERO);

  private static void acknowledge(HeldRecords records, SourceRecord record) {
    var unused = records.acknowledged(record);
  }

  @Test
  void releasesDifferentAggregatesTogether() throws InterruptedException {
    SourceRecord one = row("replies", "a");
    SourceRecord other = row("replies", "b");

    held.add(List.of(one, other));

    assertThat(held.release()).containsExactly(one, other);
    assertThat(held.isEmpty()).isTrue();
  }

  @Test
  void holdsTheNextMessageOfAnAggregateUntilTheAcknowledgement() throws InterruptedException {
    SourceRecord first = row("replies", "a");
    SourceRecord second = row("replies", "a");
    held.add(List.of(first, second));

    assertThat(held.release()).containsExactly(first);
    assertThat(held.release()).isEmpty();
    acknowledge(held, first);
    assertThat(held.release()).containsExactly(second);
  }

  @Test
  void reportsOnlyTheAcknowledgedPrefixAsSent() throws Exception {
    SourceRecord refused = row("commands", "a");
    SourceRecord heartbeat = row("events", "b");
    SourceRecord last = row("replies", "c");
    held.add(List.of(refused, heartbeat, last));
    assertThat(held.release()).hasSize(3);

    assertThat(held.acknowledged(last)).isEmpty();
    assertThat(held.acknowledged(heartbeat)).isEmpty();
    assertThat(held.acknowledged(refused)).containsSame(last);
  }

  @Test
  void releasesNoRecordPastAHeldOne() throws InterruptedException {
    SourceRecord first = row("replies", "a");
    SourceRecord second = row("replies", "a");
    SourceRecord other = row("replies", "b");
    held.add(List.of(first, second, other));

    assertThat(held.release()).containsExactly(first);
    acknowledge(held, first);
    assertThat(held.release()).containsExactly(second, other);
  }

  @Test
  void holdsAnAggregatePerTopic() throws InterruptedException {
    SourceRecord command = row("commands", "a");
    SourceRecord event = row("events", "a");

    held.add(List.of(command, event));

    assertThat(held.release()).containsExactly(command, event);
  }

  @Test
  void acknowledgementEndsAWaitingRelease() throws InterruptedException {
    HeldRecords waiting = new HeldRecords(Duration.ofHours(1));
    SourceRecord first = row("replies", "a");
    SourceRecord second = row("replies", "a");
    waiting.add(List.of(first, second));
    assertThat(waiting.release()).containsExactly(first);

    CompletableFuture<Void> producer =
        CompletableFuture.runAsync(() -> acknowledge(waiting, first));

    assertThat(waiting.release()).containsExactly(second);
    producer.join();
  }

  @Test
  void recordsReadAgainAfterARestartWaitForTheAcknowledgement() throws InterruptedException {
    SourceRecord sent = row("replies", "a");
    held.add(List.of(sent, row("replies", "a")));
    assertThat(held.release()).containsExactly(sent);

    held.clear();
    SourceRecord again = row("replies", "a");
    held.add(List.of(again));

    assertThat(held.release()).isEmpty();
    acknowledge(held, sent);
    assertThat(held.release()).containsExactly(again);
  }

  @Test
  void neverHoldsARecordThatIsNotAnOutboxRow() throws InterruptedException {
    SourceRecord heartbeat =
        new SourceRecord(
            Map.of(), Map.of(), "heartbeat", SchemaBuilder.struct().build(), newHeartbeat());
    SourceRecord deletion = new SourceRecord(Map.of(), Map.of(), "outbox", null, null);

    held.add(List.of(heartbeat, heartbeat, deletion, deletion));

    assertThat(held.release()).hasSize(4);
  }

  private static Struct newHeartbeat() {
    Schema schema = SchemaBuilder.struct().field("ts_ms", Schema.INT64_SCHEMA).build();
    return new Struct(schema).put("ts_ms", 1L);
  }

  @Test
  void releasesAllInOrderForAnyOrderOfAcknowledgements() throws InterruptedException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<SourceRecord> all = new ArrayList<>();
    List<SourceRecord> left = new ArrayList<>();
    List<SourceRecord> unacknowledged = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      all.add(row("replies", "order-" + random.nextInt(20)));
    }
    int polled = 0;
    while (left.size() < all.size()) {
      if (held.isEmpty()) {
        int to = Math.min(all.size(), polled + 1 + random.nextInt(50));
        held.add(all.subList(polled, to));
        polled = to;
      }
      if (!unacknowledged.isEmpty()) {
        acknowledge(held, unacknowledged.remove(random.nextInt(unacknowledged.size())));
      }
      List<SourceRecord> released = held.release();
      left.addAll(released);
      unacknowledged.addAll(released);
      assertThat(unacknowledged.stream().map(HeldRecordsTest::aggregate).toList())
          .as("seed %d", seed)
          .doesNotHaveDuplicates();
    }
    assertThat(left).as("seed %d", seed).containsExactlyElementsOf(all);
  }

  private static Object aggregate(SourceRecord of) {
    return ((Struct) of.value()).getStruct("after").get("aggregateid");
  }

  private static SourceRecord row(String topic, String aggregate) {
    Struct row = new Struct(ROW).put("aggregatetype", topic).put("aggregateid", aggregate);
    return new SourceRecord(
        Map.of(), Map.of(), "order.public.outbox", CHANGE, new Struct(CHANGE).put("after", row));
  }
}
