package dev.converge.outbox.delivery;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.UnprocessableMessageException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: each message of a failed batch is handled, parked or held back, in the order of its
 * aggregate. Method: steps that record their calls, and fail as configured.
 */
class FaultIsolationTest {
  private final Throwable broken = new IllegalStateException("broken");

  private final Vertx vertx = Vertx.vertx();
  private boolean immediate = true;
  private final Map<String, Throwable> failing = new HashMap<>();
  private final List<String> calls = new ArrayList<>();
  private final List<TestEntry> records = new ArrayList<>();
  private final FaultIsolation<TestEntry> isolation =
      new FaultIsolation<>(
          TestEntry.READER,
          new TestTiming(vertx),
          TestEntry.settings(10_000),
          new RecordedTransactions());

  private final class RecordedTransactions implements Transactions<TestEntry> {
    private Future<Integer> outcome(TestEntry entry) {
      Throwable cause = failing.get(entry.payload());
      Future<Integer> outcome =
          cause == null ? Future.succeededFuture(1) : Future.failedFuture(cause);
      if (immediate) {
        return outcome;
      }
      Promise<Integer> later = Promise.promise();
      vertx.runOnContext(next -> outcome.onComplete(later));
      return later.future();
    }

    @Override
    public Future<Integer> handle(List<TestEntry> batch, ConsumerPosition after) {
      return Future.failedFuture("not expected");
    }

    @Override
    public Future<Void> move(ConsumerPosition after) {
      return Future.failedFuture("not expected");
    }

    @Override
    public Future<Integer> handleAlone(TestEntry entry) {
      calls.add(entry.payload());
      return outcome(entry);
    }

    @Override
    public Future<Void> rehearse(TestEntry entry) {
      calls.add("rehearse " + entry.payload());
      return outcome(entry).mapEmpty();
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

  @AfterEach
  void close() {
    vertx.close().await();
  }

  /** Adds entries with the payloads; an aggregate is the first letter. */
  private FaultIsolationTest with(String... payloads) {
    for (String payload : payloads) {
      records.add(TestEntry.of(records.size(), payload));
    }
    return this;
  }

  private Future<Void> handle() {
    Future<Void> handled = isolation.handle(records);
    handled.timeout(30, SECONDS).transform(done -> Future.succeededFuture()).await();
    return handled;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void handlesTheLargestBatchWithImmediateAndDeferredSteps(boolean immediate) {
    this.immediate = immediate;
    String[] payloads = new String[10_000];
    Arrays.setAll(payloads, n -> Character.toString(1_000 + n) + n);
    failing.put(payloads[1], broken);
    assertThat(with(payloads).handle().cause()).isNull();
    assertThat(calls).hasSize(payloads.length + 3).contains("park " + payloads[1]);
  }

  @Test
  void parksTheMessageAtFaultAmongOthers() {
    failing.put("b1", broken);
    assertThat(with("a1", "b1", "c1").handle().succeeded()).isTrue();
    assertThat(calls).containsExactly("a1", "b1", "c1", "b1", "b1", "park b1");
  }

  @Test
  void parksAnUnprocessableMessageImmediately() {
    failing.put("b1", new UnprocessableMessageException("never"));
    assertThat(with("a1", "b1", "b2").handle().succeeded()).isTrue();
    assertThat(calls).containsExactly("a1", "b1", "park b1", "b2");
  }

  @Test
  void stopsIfTheEnvironmentIsAtFault() {
    failing.put("b1", new PgException("denied", "ERROR", "42501", ""));
    assertThat(with("a1", "b1", "c1").handle().cause()).isInstanceOf(PgException.class);
    assertThat(calls).containsExactly("a1", "b1");
  }

  @Test
  void holdsBackLaterMessagesOfTheAggregateAndHandlesNothingTwice() {
    failing.put("b1", broken);
    failing.put("b2", broken);
    assertThat(with("a1", "b1", "b2").handle().cause())
        .isInstanceOfSatisfying(
            BlockedException.class,
            blocked -> {
              assertThat(blocked.hasProgressed()).isTrue();
              assertThat(blocked)
                  .hasMessage("IllegalStateException (messages that fail so: 1, of type type)");
              assertThat(blocked.shown())
                  .isEqualTo(
                      "an unexpected failure, see the log"
                          + " (messages that fail so: 1, of type type)");
            });
    assertThat(calls.stream().filter(call -> call.equals("a1"))).hasSize(1);
    assertThat(calls).doesNotContain("b2", "park b1");

    calls.clear();
    assertThat(handle().failed()).isTrue();
    assertThat(calls).doesNotContain("a1");

    calls.clear();
    failing.clear();
    assertThat(handle().succeeded()).isTrue();
    assertThat(calls).containsExactly("b1", "b2");
  }

  @Test
  void successfulRehearsalIsEvidenceAgainstTheMessageBefore() {
    failing.put("b1", broken);
    assertThat(with("b1", "b2").handle().succeeded()).isTrue();
    assertThat(calls).containsExactly("b1", "rehearse b2", "b1", "b1", "park b1", "b2");
  }

  @Test
  void parksNothingIfAllFailAlikeAndHandlesAllLater() {
    for (String payload : List.of("a1", "b1", "c1")) {
      failing.put(payload, broken);
    }
    assertThat(with("a1", "b1", "c1").handle().cause()).isInstanceOf(BlockedException.class);
    failing.clear();
    calls.clear();
    assertThat(handle().succeeded()).isTrue();
    assertThat(calls).containsExactly("a1", "b1", "c1");
  }
}
