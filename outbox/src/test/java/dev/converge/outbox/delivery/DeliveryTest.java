package dev.converge.outbox.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.delivery.Delivery.Next;
import dev.converge.outbox.delivery.Delivery.Retry;
import dev.converge.outbox.delivery.Verification.Passed;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: the turns of a consumer poll, handle, commit, rewind and back off by the rules. Method: a
 * subscription, a topic and transactions that record their calls, in virtual time.
 */
class DeliveryTest {
  private final Throwable environment = new PgException("denied", "ERROR", "42501", "");

  private final TestTiming timing = new TestTiming();
  private final Deque<List<TestEntry>> polls = new ArrayDeque<>();
  private final Map<String, Throwable> failing = new HashMap<>();
  private final List<String> calls = new ArrayList<>();
  private final Map<Partition, Long> handledTo = new HashMap<>();
  private final Map<Partition, Long> committed = new HashMap<>();
  private long position;
  private @Nullable Throwable refusedCommit;
  private @Nullable Throwable unreadable;

  private final Delivery<TestEntry> delivery =
      new Delivery<>(
          TestEntry.READER,
          timing,
          TestEntry.settings(3),
          new RecordedTransactions(),
          new RecordedTopic());

  private final class RecordedTransactions implements Transactions<TestEntry> {
    @Override
    public Future<Integer> handle(List<TestEntry> batch, ConsumerPosition after) {
      List<String> payloads = batch.stream().map(TestEntry::payload).toList();
      calls.add("handle " + payloads);
      return payloads.stream()
          .filter(failing::containsKey)
          .findFirst()
          .<Future<Integer>>map(payload -> Future.failedFuture(failing.get(payload)))
          .orElseGet(() -> Future.succeededFuture(batch.size()));
    }

    @Override
    public Future<Void> move(ConsumerPosition after) {
      return Future.succeededFuture();
    }

    @Override
    public Future<Integer> handleAlone(TestEntry entry) {
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

  private final class RecordedTopic implements ConsumedTopic {
    @Override
    public Future<TopicState> read() {
      return unreadable == null
          ? Future.succeededFuture(new TopicState("id", Map.of(), committed))
          : Future.failedFuture(unreadable);
    }

    @Override
    public Future<Map<Partition, Long>> positions(String topicId) {
      return Future.succeededFuture(handledTo);
    }

    @Override
    public Future<Void> move(ConsumerPosition to) {
      return Future.succeededFuture();
    }

    @Override
    public void notRead(Throwable cause) {
      calls.add("not read");
    }

    @Override
    public void recreated() {
      calls.add("recreated");
    }

    @Override
    public void passed(List<Passed> passed) {
      passed.forEach(one -> calls.add("passed " + one));
    }
  }

  private final class RecordedSubscription implements Subscription<TestEntry> {
    @Override
    public Future<List<TestEntry>> poll(Duration timeout) {
      return Future.succeededFuture(polls.isEmpty() ? List.of() : polls.remove());
    }

    @Override
    public Future<Void> commit(ConsumerPosition handled) {
      calls.add("commit " + handled.nextOffsets().get(TestEntry.PARTITION));
      return refusedCommit == null ? Future.succeededFuture() : Future.failedFuture(refusedCommit);
    }

    @Override
    public Future<Void> seek(Partition partition, long offset) {
      calls.add("seek " + offset);
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> seekToBeginning(Set<Partition> partitions) {
      calls.add("seek to the beginning");
      return Future.succeededFuture();
    }

    @Override
    public Future<Long> position(Partition partition) {
      return Future.succeededFuture(position);
    }
  }

  private Future<Void> turn() {
    return delivery.turn(new RecordedSubscription());
  }

  private void polled(int offset, String... payloads) {
    List<TestEntry> entries = new ArrayList<>();
    for (String payload : payloads) {
      entries.add(TestEntry.of(offset + entries.size(), payload));
    }
    polls.add(entries);
  }

  /** The partition is assigned and verified. */
  private void assigned() {
    delivery.assigned(Set.of(TestEntry.PARTITION));
    assertThat(turn().succeeded()).isTrue();
    assertThat(turn().succeeded()).isTrue();
    calls.clear();
  }

  @Test
  void commitsOffsetsAtIntervalsAndWithAnEmptyPoll() {
    assigned();
    polled(0, "a");
    assertThat(turn().succeeded()).isTrue();
    assertThat(calls).containsExactly("handle [a]");
    assertThat(delivery.isSettled()).isFalse();

    timing.elapse(100);
    polled(1, "b");
    assertThat(turn().succeeded()).isTrue();
    assertThat(calls).containsExactly("handle [a]", "handle [b]", "commit 2");

    polled(2, "c");
    assertThat(turn().succeeded()).isTrue();
    assertThat(turn().succeeded()).isTrue();
    assertThat(calls).endsWith("handle [c]", "commit 3");
    assertThat(delivery.isSettled()).isTrue();
  }

  @Test
  void repeatsACommitThatFailed() {
    assigned();
    polled(0, "a");
    refusedCommit = new IllegalStateException("a rebalance is in progress");
    assertThat(turn().succeeded()).isTrue();
    assertThat(turn().succeeded()).isTrue();
    assertThat(delivery.isSettled()).isFalse();
    refusedCommit = null;
    assertThat(turn().succeeded()).isTrue();
    assertThat(calls).containsExactly("handle [a]", "commit 1", "commit 1");
  }

  @Test
  void commitsNothingBeforeTheTopicIsVerified() {
    delivery.assigned(Set.of(TestEntry.PARTITION));
    polled(0, "a");
    timing.elapse(100);
    assertThat(turn().succeeded()).isTrue();
    assertThat(calls).containsExactly("handle [a]");
    assertThat(turn().succeeded()).isTrue();
    assertThat(calls).containsExactly("handle [a]", "commit 1");
  }

  @Test
  void readsAgainWhatACommittedOffsetHadPassed() {
    committed.put(TestEntry.PARTITION, 9L);
    handledTo.put(TestEntry.PARTITION, 5L);
    delivery.assigned(Set.of(TestEntry.PARTITION));
    assertThat(turn().succeeded()).isTrue();
    assertThat(turn().succeeded()).isTrue();
    assertThat(calls).containsExactly("passed topic-0@5 to 9", "seek 5");
  }

  @Test
  void rewindsAfterAnEnvironmentFaultAndBacksOffLongerEachTime() {
    assigned();
    failing.put("a", environment);
    polled(7, "a");
    Future<Void> failed = turn();
    assertThat(failed.cause()).isSameAs(environment);
    assertThat(calls).containsExactly("handle [a]", "seek 7");
    assertThat(delivery.failed(failed.cause())).isEqualTo(new Retry(1, 1));
    assertThat(delivery.failed(failed.cause())).isEqualTo(new Retry(2, 2));
  }

  @Test
  void turnWithoutTheRewoundRecordsIsNoProgress() {
    assigned();
    failing.put("a", environment);
    polled(7, "a");
    assertThat(delivery.failed(turn().cause()).failures()).isEqualTo(1);
    position = 7;
    assertThat(turn().succeeded()).isTrue();
    assertThat(delivery.succeeded()).isEqualTo(new Next(0, false));
    assertThat(delivery.isSettled()).isFalse();
    assertThat(delivery.failed(environment).failures()).isEqualTo(2);

    failing.clear();
    polled(7, "a");
    assertThat(turn().succeeded()).isTrue();
    assertThat(delivery.succeeded()).isEqualTo(new Next(0, true));
    assertThat(delivery.failed(environment).failures()).isEqualTo(1);
  }

  @Test
  void emptyPollIsNoProgressWhileTheBrokerIsUnavailable() {
    assigned();
    assertThat(delivery.succeeded().progressed()).isTrue();
    unreadable = new IllegalStateException("unavailable");
    timing.elapse(5_000);
    assertThat(turn().succeeded()).isTrue();
    assertThat(turn().succeeded()).isTrue();
    assertThat(calls).containsExactly("not read");
    assertThat(delivery.succeeded()).isEqualTo(new Next(0, false));

    polled(0, "a");
    assertThat(turn().succeeded()).isTrue();
    assertThat(delivery.succeeded()).as("entries were handled").isEqualTo(new Next(0, true));
    assertThat(turn().succeeded()).isTrue();
    assertThat(delivery.succeeded().progressed()).isFalse();

    unreadable = null;
    timing.elapse(5_000);
    assertThat(turn().succeeded()).isTrue();
    assertThat(turn().succeeded()).isTrue();
    assertThat(delivery.succeeded().progressed()).isTrue();
  }

  @Test
  void recordsThatWereDeletedAfterARewindAreNoLongerAwaited() {
    assigned();
    failing.put("a", environment);
    polled(7, "a");
    assertThat(turn().failed()).isTrue();
    position = 20;
    assertThat(turn().succeeded()).isTrue();
    assertThat(delivery.succeeded().progressed()).isTrue();
  }

  @Test
  void backsOffBrieflyWhileMessagesAreBlockedAndOthersAreHandled() {
    assigned();
    failing.put("b", new IllegalStateException("broken"));
    polled(0, "b");
    Throwable blocked = turn().cause();
    assertThat(blocked).isInstanceOf(BlockedException.class);
    assertThat(delivery.failed(blocked).failures()).isEqualTo(1);
    assertThat(delivery.failed(blocked).failures()).isEqualTo(2);

    failing.put("c", new IllegalStateException("broken"));
    polled(0, "a", "b", "c");
    Throwable progressed = turn().cause();
    assertThat(progressed).isInstanceOf(BlockedException.class);
    assertThat(delivery.failed(progressed).failures()).isEqualTo(1);
  }

  @Test
  void lingersAfterABatchOfSeveralAndThenGathersTwoPolls() {
    assigned();
    polled(0, "a", "b");
    assertThat(turn().succeeded()).isTrue();
    assertThat(delivery.succeeded().lingerMillis()).isEqualTo(1);

    polled(2, "c");
    polled(3, "d", "e", "f");
    assertThat(turn().succeeded()).isTrue();
    assertThat(calls).containsExactly("handle [a, b]", "handle [c, d, e]", "handle [f]");
  }

  @Test
  void revokedPartitionIsNeitherCommittedNorAwaited() {
    assigned();
    polled(0, "a");
    assertThat(turn().succeeded()).isTrue();
    failing.put("b", environment);
    polled(1, "b");
    assertThat(turn().failed()).isTrue();
    delivery.revoked(Set.of(TestEntry.PARTITION));
    assertThat(turn().succeeded()).isTrue();
    assertThat(calls).containsExactly("handle [a]", "handle [b]", "seek 1");
    assertThat(delivery.isSettled()).isTrue();
  }
}
