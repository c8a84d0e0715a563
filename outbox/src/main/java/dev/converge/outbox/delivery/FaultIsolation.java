package dev.converge.outbox.delivery;

import dev.converge.faults.Symptom;
import dev.converge.outbox.delivery.Suspects.Verdict;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Handles the messages of a failed batch one by one and parks those at fault. It holds back
 * messages behind an unfinished message of the same aggregate. {@link Suspects} decides.
 */
final class FaultIsolation<E> {
  private static final int MOST_REMEMBERED = 10_000;
  static final int ROUNDS_PER_ATTEMPT = 2;

  private final EntryReader<E> reader;
  private final Timing timing;
  private final Backoff backoff;
  private final int attempts;
  private final Suspects suspects;
  private final Transactions<E> transactions;
  // Handled or parked messages of batches that are read again because of others.
  private final Set<UUID> done = new LinkedHashSet<>();

  FaultIsolation(
      EntryReader<E> reader,
      Timing timing,
      DeliverySettings settings,
      Transactions<E> transactions) {
    this.reader = reader;
    this.timing = timing;
    this.backoff = settings.backoff();
    this.attempts = settings.attempts();
    this.suspects = new Suspects(attempts);
    this.transactions = transactions;
  }

  /** One pass over messages: which of them are left, and why. */
  private static final class Pass<E> {
    final List<E> left = new ArrayList<>();
    final Map<String, E> held = new LinkedHashMap<>();
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
  Future<Void> handle(List<E> batch) {
    List<E> left = batch.stream().filter(entry -> !done.contains(reader.id(entry))).toList();
    return pass(left, 1, false).onSuccess(all -> forget(batch));
  }

  private void forget(List<E> batch) {
    if (!done.isEmpty()) {
      batch.forEach(entry -> done.remove(reader.id(entry)));
    }
  }

  private void remember(E entry) {
    if (done.size() == MOST_REMEMBERED) {
      done.remove(done.iterator().next());
    }
    done.add(reader.id(entry));
  }

  /** Takes note of a batch that was handled in one transaction. */
  void settled(List<E> batch, int fresh) {
    forget(batch);
    if (!isBlocked()) {
      return;
    }
    for (E entry : batch) {
      suspects.succeeded(reader.place(entry), timing.nanoTime());
      // If some were duplicates, it is not known which.
      if (fresh == batch.size()) {
        suspects.handled(reader.type(entry));
      }
    }
  }

  /** Whether a message is blocked, in an earlier or a later batch. */
  private boolean isBlocked() {
    return !suspects.isEmpty(timing.nanoTime());
  }

  private Future<Void> pass(List<E> entries, int round, boolean progressed) {
    Pass<E> pass = new Pass<>();
    pass.progressed = progressed;
    return InTurn.forEach(entries, entry -> next(entry, pass))
        .compose(done -> gatherEvidence(pass))
        .compose(evidence -> nextRound(pass, round));
  }

  private Future<Void> next(E entry, Pass<E> pass) {
    if (!pass.blockedAggregates.contains(reader.aggregate(entry))) {
      return one(entry, pass);
    }
    pass.left.add(entry);
    pass.held.putIfAbsent(reader.type(entry), entry);
    return Future.succeededFuture();
  }

  private Future<Void> one(E entry, Pass<E> pass) {
    return transactions.handleAlone(entry).transform(result -> done(entry, pass, result));
  }

  private Future<Void> done(E entry, Pass<E> pass, AsyncResult<Integer> result) {
    if (result.failed()) {
      Throwable cause = result.cause();
      return transactions.fault(cause).compose(fault -> failed(entry, pass, cause, fault));
    }
    remember(entry);
    if (result.result() > 0) {
      suspects.succeeded(reader.place(entry), timing.nanoTime());
      suspects.handled(reader.type(entry));
      pass.progressed = true;
    } else {
      suspects.settled(reader.place(entry));
    }
    return Future.succeededFuture();
  }

  private Future<Void> failed(E entry, Pass<E> pass, Throwable cause, Fault fault) {
    return switch (fault) {
      case ENVIRONMENT -> Future.failedFuture(cause);
      case MESSAGE -> park(entry, pass, cause);
      case UNCERTAIN -> suspect(entry, pass, cause);
    };
  }

  private Future<Void> suspect(E entry, Pass<E> pass, Throwable cause) {
    long now = timing.nanoTime();
    String type = reader.type(entry);
    suspects.failed(reader.place(entry), reader.aggregate(entry), type, Symptom.of(cause), now);
    Verdict verdict = suspects.verdict(reader.place(entry), now);
    if (verdict == Verdict.PARK) {
      return park(entry, pass, cause);
    }
    pass.left.add(entry);
    pass.failedTypes.put(reader.place(entry), type);
    pass.blockedAggregates.add(reader.aggregate(entry));
    pass.retry |= verdict == Verdict.RETRY;
    pass.cause = cause;
    return Future.succeededFuture();
  }

  private Future<Void> park(E entry, Pass<E> pass, Throwable cause) {
    return transactions.park(entry, cause).onSuccess(parked -> parked(entry, pass));
  }

  private void parked(E entry, Pass<E> pass) {
    suspects.settled(reader.place(entry));
    remember(entry);
    pass.progressed = true;
  }

  /**
   * Rehearses a message that is held back, if there is no other evidence whether the failing
   * message before it is at fault.
   */
  private Future<Void> gatherEvidence(Pass<E> pass) {
    for (Map.Entry<String, String> failed : pass.failedTypes.entrySet()) {
      E witness = pass.held.get(failed.getValue());
      if (witness != null && !suspects.hasEvidence(failed.getKey(), timing.nanoTime())) {
        return transactions.rehearse(witness).transform(result -> rehearsed(witness, result));
      }
    }
    return Future.succeededFuture();
  }

  private Future<Void> rehearsed(E witness, AsyncResult<Void> rehearsal) {
    if (rehearsal.succeeded()) {
      suspects.handled(reader.type(witness));
    }
    // A failure is no evidence: the message may depend on the one before it.
    return Future.succeededFuture();
  }

  private Future<Void> nextRound(Pass<E> pass, int round) {
    if (pass.left.isEmpty()) {
      return Future.succeededFuture();
    }
    // The rounds are bounded: the consumer has to poll to stay in its group.
    long now = timing.nanoTime();
    boolean undecided =
        round < ROUNDS_PER_ATTEMPT * attempts
            && (pass.retry
                || pass.failedTypes.keySet().stream()
                    .anyMatch(failed -> suspects.hasEvidence(failed, now)));
    return undecided
        ? timing
            .delay(backoff.blockedMillis(round))
            .compose(waited -> pass(pass.left, round + 1, pass.progressed))
        : Future.failedFuture(
            new BlockedException(suspects.summary().orElse(null), pass.progressed, pass.cause));
  }
}
