package dev.converge.service;

import dev.converge.faults.TransientFaults;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Lets what arrives while a transaction is in flight share the next one, each with its own answer.
 * Alone, a request pays no wait; under load, a commit serves many (P. Helland et al., "Group Commit
 * Timers and High Volume Transaction Systems", 1987).
 *
 * <p>Belongs to one event loop, that of the verticle that submits requests. It does not start on
 * any other thread.
 *
 * @param <I> a request
 * @param <O> its answer
 */
public final class GroupCommit<I, O> {
  /** More waits than can be served: try again later. */
  public static final class OverloadedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public OverloadedException(int waiting) {
      super("requests waiting: " + waiting, null, false, false);
    }
  }

  static final int FEW = 4;

  private record Waiting<I, O>(I request, Promise<O> answer) {}

  private final Vertx vertx;
  private final Function<List<I>, Future<List<O>>> commit;
  private final int maxBatch;
  private final int maxWaiting;
  private final long maxRestMillis;
  private final DistributionSummary sizes;
  private final Deque<Waiting<I, O>> queue = new ArrayDeque<>();
  private boolean inFlight;

  /**
   * @param commit one transaction; answers in the order of the requests
   * @param maxBatch most requests in one transaction
   * @param maxWaiting most requests that wait; further ones fail with {@link OverloadedException}
   * @param maxRest after a group of more than {@value #FEW} it rests for twice the time the group
   *     took, so long at most, so that more requests share the next transaction; zero for no rest
   */
  public GroupCommit(
      Vertx vertx,
      String name,
      MeterRegistry meters,
      int maxBatch,
      int maxWaiting,
      Duration maxRest,
      Function<List<I>, Future<List<O>>> commit) {
    this.vertx = vertx;
    this.commit = commit;
    this.maxBatch = maxBatch;
    this.maxWaiting = maxWaiting;
    this.maxRestMillis = maxRest.toMillis();
    this.sizes = DistributionSummary.builder(name + ".transaction.requests").register(meters);
  }

  /**
   * The request's own answer, once the transaction that holds it has committed.
   *
   * @throws IllegalStateException off an event loop
   */
  public Future<O> submit(I request) {
    return submit(request, Promise.promise());
  }

  private Future<O> submit(I request, Promise<O> answer) {
    if (!Context.isOnEventLoopThread()) {
      throw new IllegalStateException("a group commit is used on its event loop only");
    }
    if (queue.size() >= maxWaiting) {
      answer.fail(new OverloadedException(queue.size()));
      return answer.future();
    }
    queue.add(new Waiting<>(request, answer));
    if (!inFlight) {
      inFlight = true;
      // After what the event loop has in hand: requests that came with this one share its
      // transaction.
      vertx.runOnContext(later -> next());
    }
    return answer.future();
  }

  /**
   * As {@link #submit(Object)}, for a caller that waits only so long: then the answer is a {@link
   * TimeoutException}. A request whose transaction has not begun by then is dropped; one whose
   * transaction has may still take effect.
   */
  public Future<O> submit(I request, Duration within) {
    // Not Future.timeout: of a future without a context it goes on on a thread of Netty's own.
    Promise<O> answer = Promise.promise();
    Future<O> submitted = submit(request, answer);
    long timer =
        vertx.setTimer(
            Math.max(1, within.toMillis()),
            late -> answer.tryFail(new TimeoutException("not committed within " + within)));
    return submitted.onComplete(answered -> vertx.cancelTimer(timer));
  }

  private void next() {
    List<Waiting<I, O>> group = new ArrayList<>(Math.min(queue.size(), maxBatch));
    while (!queue.isEmpty() && group.size() < maxBatch) {
      Waiting<I, O> waiting = queue.poll();
      if (!waiting.answer().future().isComplete()) {
        group.add(waiting);
      }
    }
    inFlight = !group.isEmpty();
    if (inFlight) {
      sizes.record(group.size());
      long startNanos = System.nanoTime();
      run(group).onComplete(done -> rest(group.size(), System.nanoTime() - startNanos));
    }
  }

  private void rest(int requests, long workedNanos) {
    long millis = queue.size() >= maxBatch ? 0 : restMillis(requests, workedNanos, maxRestMillis);
    if (millis == 0) {
      next();
    } else {
      vertx.setTimer(millis, rested -> next());
    }
  }

  /** Twice the time that a group of many took; none after a few, whose wait would save little. */
  static long restMillis(int requests, long workedNanos, long maxRestMillis) {
    return requests > FEW
        ? Math.min(maxRestMillis, TimeUnit.NANOSECONDS.toMillis(workedNanos * 2))
        : 0;
  }

  /** A group that fails for one request's sake is tried request by request. */
  private Future<Void> run(List<Waiting<I, O>> group) {
    return committed(group)
        .recover(
            cause -> {
              if (group.size() == 1 || TransientFaults.isTransient(cause)) {
                group.forEach(waiting -> waiting.answer().tryFail(cause));
                return Future.succeededFuture();
              }
              return oneByOne(group, 0);
            });
  }

  private Future<Void> oneByOne(List<Waiting<I, O>> group, int index) {
    if (index == group.size()) {
      return Future.succeededFuture();
    }
    Waiting<I, O> waiting = group.get(index);
    return waiting.answer().future().isComplete()
        ? oneByOne(group, index + 1)
        : run(List.of(waiting)).compose(done -> oneByOne(group, index + 1));
  }

  private Future<Void> committed(List<Waiting<I, O>> group) {
    List<I> requests = group.stream().map(Waiting::request).toList();
    return Future.succeededFuture(requests)
        .compose(commit)
        .compose(answers -> hand(group, answers));
  }

  private static <I, O> Future<Void> hand(List<Waiting<I, O>> group, List<O> answers) {
    if (answers.size() != group.size()) {
      // A bug of the commit function, found after it has committed: never run it again.
      IllegalStateException bug =
          new IllegalStateException(
              "answers: " + answers.size() + " (expected: " + group.size() + ")");
      group.forEach(waiting -> waiting.answer().tryFail(bug));
      return Future.succeededFuture();
    }
    for (int i = 0; i < group.size(); i++) {
      group.get(i).answer().tryComplete(answers.get(i));
    }
    return Future.succeededFuture();
  }
}
