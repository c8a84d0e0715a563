package dev.converge.outbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.converge.faults.Symptom;
import dev.converge.outbox.Suspects.Summary;
import dev.converge.outbox.Suspects.Verdict;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Handles the messages of a failed batch one by one and parks those at fault. It holds back
 * messages behind an unfinished message of the same aggregate. {@link Suspects} decides.
 */
final class FaultIsolation {
  /** What can be done with one message. */
  interface Steps {
    /** Handles it in a transaction of its own. Completes with 1 if it was new, else with 0. */
    Future<Integer> handleAlone(ConsumerRecord<byte[], byte[]> entry);

    /** Handles it and rolls back. Fails if the handler fails or the message was seen before. */
    Future<Void> rehearse(ConsumerRecord<byte[], byte[]> entry);

    /** Classifies a failure. */
    Future<Fault> fault(Throwable cause);

    /** Parks it as a dead letter. */
    Future<Void> park(ConsumerRecord<byte[], byte[]> entry, Throwable cause);
  }

  /** Messages fail, and it is not known yet whether they are at fault. */
  static final class BlockedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String shown;
    private final boolean progressed;

    BlockedException(@Nullable Summary summary, boolean progressed, @Nullable Throwable cause) {
      super(summary == null ? "" : summary.named(), cause, false, false);
      this.shown = summary == null ? "" : summary.shown();
      this.progressed = progressed;
    }

    /** How most of them fail, for operators. */
    String shown() {
      return shown;
    }

    /** Whether others of the batch were handled or parked. */
    boolean hasProgressed() {
      return progressed;
    }
  }

  private static final int MOST_REMEMBERED = 10_000;
  static final int ROUNDS_PER_ATTEMPT = 2;

  private final Vertx vertx;
  private final RetryPolicy retry;
  private final Suspects suspects;
  private final Steps steps;
  // Handled or parked messages of batches that are read again because of others.
  private final Set<UUID> done = new LinkedHashSet<>();

  FaultIsolation(Vertx vertx, RetryPolicy retry, Suspects suspects, Steps steps) {
    this.vertx = vertx;
    this.retry = retry;
    this.suspects = suspects;
    this.steps = steps;
  }

  /** One pass over messages: which of them are left, and why. */
  private static final class Pass {
    final List<ConsumerRecord<byte[], byte[]>> left = new ArrayList<>();
    final Map<String, ConsumerRecord<byte[], byte[]>> held = new LinkedHashMap<>();
    final Map<String, String> failedTypes = new LinkedHashMap<>();
    final Set<String> blockedAggregates = new HashSet<>();
    boolean retry;
    boolean progressed;
    @Nullable Throwable cause;
  }

  /**
   * Handles or parks all.
   *
   * @return failed with {@link BlockedException} if some must wait; failed with the cause if the
   *     environment is at fault
   */
  Future<Void> handle(List<ConsumerRecord<byte[], byte[]>> batch) {
    List<ConsumerRecord<byte[], byte[]>> left =
        batch.stream().filter(entry -> !done.contains(Records.idOf(entry))).toList();
    return pass(left, 1, false).onSuccess(all -> forget(batch));
  }

  private void forget(List<ConsumerRecord<byte[], byte[]>> batch) {
    if (!done.isEmpty()) {
      batch.forEach(entry -> done.remove(Records.idOf(entry)));
    }
  }

  private void remember(ConsumerRecord<byte[], byte[]> entry) {
    if (done.size() == MOST_REMEMBERED) {
      done.remove(done.iterator().next());
    }
    done.add(Records.idOf(entry));
  }

  /** Takes note of a batch that was handled in one transaction. */
  void settled(List<ConsumerRecord<byte[], byte[]>> batch, int fresh) {
    forget(batch);
    if (!isBlocked()) {
      return;
    }
    for (ConsumerRecord<byte[], byte[]> entry : batch) {
      suspects.succeeded(place(entry), System.nanoTime());
      // If some were duplicates, it is not known which.
      if (fresh == batch.size()) {
        suspects.handled(Records.message(entry).type());
      }
    }
  }

  /** Whether a message is blocked, in an earlier or a later batch. */
  private boolean isBlocked() {
    return !suspects.isEmpty(System.nanoTime());
  }

  private Future<Void> pass(
      List<ConsumerRecord<byte[], byte[]>> entries, int round, boolean progressed) {
    Pass pass = new Pass();
    pass.progressed = progressed;
    return InTurn.forEach(entries, entry -> next(entry, pass))
        .compose(done -> gatherEvidence(pass))
        .compose(evidence -> nextRound(pass, round));
  }

  private Future<Void> next(ConsumerRecord<byte[], byte[]> entry, Pass pass) {
    if (!pass.blockedAggregates.contains(aggregate(entry))) {
      return one(entry, pass);
    }
    pass.left.add(entry);
    pass.held.putIfAbsent(type(entry), entry);
    return Future.succeededFuture();
  }

  private Future<Void> one(ConsumerRecord<byte[], byte[]> entry, Pass pass) {
    return steps.handleAlone(entry).transform(result -> done(entry, pass, result));
  }

  private Future<Void> done(
      ConsumerRecord<byte[], byte[]> entry, Pass pass, AsyncResult<Integer> result) {
    if (result.failed()) {
      Throwable cause = result.cause();
      return steps.fault(cause).compose(fault -> failed(entry, pass, cause, fault));
    }
    remember(entry);
    if (result.result() > 0) {
      suspects.succeeded(place(entry), System.nanoTime());
      suspects.handled(type(entry));
      pass.progressed = true;
    } else {
      suspects.settled(place(entry));
    }
    return Future.succeededFuture();
  }

  private Future<Void> failed(
      ConsumerRecord<byte[], byte[]> entry, Pass pass, Throwable cause, Fault fault) {
    return switch (fault) {
      case ENVIRONMENT -> Future.failedFuture(cause);
      case MESSAGE -> park(entry, pass, cause);
      case UNCERTAIN -> suspect(entry, pass, cause);
    };
  }

  private Future<Void> suspect(ConsumerRecord<byte[], byte[]> entry, Pass pass, Throwable cause) {
    long now = System.nanoTime();
    String type = type(entry);
    suspects.failed(place(entry), aggregate(entry), type, Symptom.of(cause), now);
    Verdict verdict = suspects.verdict(place(entry), now);
    if (verdict == Verdict.PARK) {
      return park(entry, pass, cause);
    }
    pass.left.add(entry);
    pass.failedTypes.put(place(entry), type);
    pass.blockedAggregates.add(aggregate(entry));
    pass.retry |= verdict == Verdict.RETRY;
    pass.cause = cause;
    return Future.succeededFuture();
  }

  private Future<Void> park(ConsumerRecord<byte[], byte[]> entry, Pass pass, Throwable cause) {
    return steps.park(entry, cause).onSuccess(parked -> parked(entry, pass));
  }

  private void parked(ConsumerRecord<byte[], byte[]> entry, Pass pass) {
    suspects.settled(place(entry));
    remember(entry);
    pass.progressed = true;
  }

  /**
   * Rehearses a message that is held back, if there is no other evidence whether the failing
   * message before it is at fault.
   */
  private Future<Void> gatherEvidence(Pass pass) {
    for (Map.Entry<String, String> failed : pass.failedTypes.entrySet()) {
      ConsumerRecord<byte[], byte[]> witness = pass.held.get(failed.getValue());
      if (witness != null && !suspects.hasEvidence(failed.getKey(), System.nanoTime())) {
        return steps.rehearse(witness).transform(result -> rehearsed(witness, result));
      }
    }
    return Future.succeededFuture();
  }

  private Future<Void> rehearsed(
      ConsumerRecord<byte[], byte[]> witness, AsyncResult<Void> rehearsal) {
    if (rehearsal.succeeded()) {
      suspects.handled(type(witness));
    }
    // A failure is no evidence: the message may depend on the one before it.
    return Future.succeededFuture();
  }

  private Future<Void> nextRound(Pass pass, int round) {
    if (pass.left.isEmpty()) {
      return Future.succeededFuture();
    }
    // The rounds are bounded: the consumer has to poll to stay in its group.
    long now = System.nanoTime();
    boolean undecided =
        round < ROUNDS_PER_ATTEMPT * retry.attempts()
            && (pass.retry
                || pass.failedTypes.keySet().stream()
                    .anyMatch(failed -> suspects.hasEvidence(failed, now)));
    return undecided
        ? vertx
            .timer(retry.blockedMillis(round), MILLISECONDS)
            .compose(waited -> pass(pass.left, round + 1, pass.progressed))
        : Future.failedFuture(
            new BlockedException(suspects.summary().orElse(null), pass.progressed, pass.cause));
  }

  private static String place(ConsumerRecord<byte[], byte[]> entry) {
    return entry.topic() + "-" + entry.partition() + "@" + entry.offset();
  }

  // Any text that is equal for equal bytes. A record without a key shares no aggregate.
  private static String aggregate(ConsumerRecord<byte[], byte[]> entry) {
    return entry.key() == null ? place(entry) : new String(entry.key(), ISO_8859_1);
  }

  private static String type(ConsumerRecord<byte[], byte[]> entry) {
    return Records.headers(entry).getOrDefault("ce_type", "");
  }
}
