package dev.converge.outbox.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.UnprocessableMessageException;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: a batch is handled in bounded transactions, and message by message only if one of its
 * messages may be at fault. Method: transactions that record their calls, and fail as configured.
 */
class BatchHandlerTest {
  private final HandledOffsets<TestEntry> offsets = new HandledOffsets<>(TestEntry.READER);
  private final Map<String, Throwable> failing = new HashMap<>();
  private final List<String> calls = new ArrayList<>();
  private final BatchHandler<TestEntry> handler =
      new BatchHandler<>(
          TestEntry.READER,
          new TestTiming(),
          TestEntry.settings(2),
          new RecordedTransactions(),
          offsets);

  private final class RecordedTransactions implements Transactions<TestEntry> {
    @Override
    public Future<Integer> handle(List<TestEntry> batch, ConsumerPosition after) {
      List<String> payloads = batch.stream().map(TestEntry::payload).toList();
      calls.add(payloads + " to " + after.nextOffsets().get(TestEntry.PARTITION));
      return payloads.stream()
          .filter(failing::containsKey)
          .findFirst()
          .<Future<Integer>>map(payload -> Future.failedFuture(failing.get(payload)))
          .orElseGet(() -> Future.succeededFuture(batch.size()));
    }

    @Override
    public Future<Void> move(ConsumerPosition after) {
      calls.add("move to " + after.nextOffsets().get(TestEntry.PARTITION));
      return Future.succeededFuture();
    }

    @Override
    public Future<Integer> handleAlone(TestEntry entry) {
      calls.add(entry.payload());
      Throwable cause = failing.get(entry.payload());
      return cause == null ? Future.succeededFuture(1) : Future.failedFuture(cause);
    }

    @Override
    public Future<Void> rehearse(TestEntry entry) {
      return Future.failedFuture("not expected");
    }

    @Override
    public Future<Fault> fault(Throwable cause) {
      return Future.succeededFuture(TestEntry.fault(cause));
    }

    @Override
    public Future<Void> park(TestEntry entry, Throwable cause) {
      calls.add("park " + entry.payload());
      return Future.succeededFuture();
    }
  }

  private Future<Void> handle(String... payloads) {
    offsets.assigned(Set.of(TestEntry.PARTITION));
    offsets.beginCheck();
    assertThat(offsets.verify(new TopicState("id", Map.of(), Map.of()), Map.of()).recreated())
        .isEmpty();
    List<TestEntry> records = new ArrayList<>();
    for (String payload : payloads) {
      records.add(TestEntry.of(records.size(), payload));
    }
    return handler.handle(records);
  }

  @Test
  void splitsPolledRecordsIntoBoundedTransactions() {
    assertThat(handle("a", "b", "c").succeeded()).isTrue();

    assertThat(calls).containsExactly("[a, b] to 2", "[c] to 3");
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
