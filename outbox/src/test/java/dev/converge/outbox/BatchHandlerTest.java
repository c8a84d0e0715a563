package dev.converge.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a batch is handled in bounded transactions, and message by message only if one of its
 * messages may be at fault. Method: transactions that record their calls, and fail as configured.
 */
class BatchHandlerTest {
  private static final TopicPartition PARTITION = new TopicPartition("topic", 0);

  private final Vertx vertx = Vertx.vertx();
  private final HandledOffsets offsets = new HandledOffsets();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Map<String, Throwable> failing = new HashMap<>();
  private final List<String> calls = new ArrayList<>();
  private final BatchHandler handler =
      new BatchHandler(
          vertx,
          new ConsumerConfig(
              "consumer",
              "topic",
              2,
              Duration.ofSeconds(1),
              Duration.ofSeconds(1),
              new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(2)),
              Map.of()),
          new RecordedTransactions(),
          offsets,
          new ConsumerMetrics(meters));

  private final class RecordedTransactions implements BatchHandler.Transactions {
    @Override
    public Future<Integer> handle(
        List<ConsumerRecord<byte[], byte[]>> batch, ConsumerPosition after) {
      List<String> payloads = batch.stream().map(BatchHandlerTest::payload).toList();
      calls.add(payloads + " to " + after.nextOffsets().get(PARTITION));
      return payloads.stream()
          .filter(failing::containsKey)
          .findFirst()
          .<Future<Integer>>map(payload -> Future.failedFuture(failing.get(payload)))
          .orElseGet(() -> Future.succeededFuture(batch.size()));
    }

    @Override
    public Future<Void> move(ConsumerPosition after) {
      calls.add("move to " + after.nextOffsets().get(PARTITION));
      return Future.succeededFuture();
    }

    @Override
    public Future<Integer> handleAlone(ConsumerRecord<byte[], byte[]> entry) {
      calls.add(payload(entry));
      Throwable cause = failing.get(payload(entry));
      return cause == null ? Future.succeededFuture(1) : Future.failedFuture(cause);
    }

    @Override
    public Future<Void> rehearse(ConsumerRecord<byte[], byte[]> entry) {
      return Future.failedFuture("not expected");
    }

    @Override
    public Future<Fault> fault(Throwable cause) {
      return Future.succeededFuture(Fault.of(cause));
    }

    @Override
    public Future<Void> park(ConsumerRecord<byte[], byte[]> entry, Throwable cause) {
      calls.add("park " + payload(entry));
      return Future.succeededFuture();
    }
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  private static String payload(ConsumerRecord<byte[], byte[]> entry) {
    return new String(entry.value(), UTF_8);
  }

  private Future<Void> handle(String... payloads) {
    offsets.assigned(Set.of(PARTITION));
    offsets.beginCheck();
    assertThat(offsets.verify(new TopicState("id", Map.of(), Map.of()), Map.of()).recreated())
        .isEmpty();
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (String payload : payloads) {
      ConsumerRecord<byte[], byte[]> entry =
          new ConsumerRecord<>(
              "topic", 0, records.size(), payload.getBytes(UTF_8), payload.getBytes(UTF_8));
      entry.headers().add("ce_id", OutboxMessage.newId().toString().getBytes(UTF_8));
      entry.headers().add("ce_type", "type".getBytes(UTF_8));
      records.add(entry);
    }
    return handler.handle(records);
  }

  @Test
  void splitsPolledRecordsIntoBoundedTransactions() {
    assertThat(handle("a", "b", "c").succeeded()).isTrue();

    assertThat(calls).containsExactly("[a, b] to 2", "[c] to 3");
    assertThat(meters.get("inbox.transaction.messages").summary().count()).isEqualTo(2);
  }

  @Test
  void stopsAtABatchThatFailsBecauseOfTheEnvironment() {
    failing.put("b", new PgException("denied", "ERROR", "42501", ""));

    assertThat(handle("a", "b", "c").cause()).isInstanceOf(PgException.class);
    assertThat(calls).containsExactly("[a, b] to 2");
  }

  @Test
  void isolatesAMessageAtFaultAndMovesThePositionAfterwards() {
    failing.put("a", new UnprocessableMessageException("never"));

    assertThat(handle("a", "b", "c").succeeded()).isTrue();
    assertThat(calls).containsExactly("[a, b] to 2", "a", "park a", "b", "move to 2", "[c] to 3");
  }
}
