package dev.converge.service.postgres;

import dev.converge.faults.TransientFaults;
import dev.converge.faults.UnexpectedRowsException;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Commits requests in groups: requests that arrive while a transaction is in flight share the next
 * one, and each gets its own answer. A single request does not wait; under load, one commit serves
 * many requests (P. Helland et al., "Group Commit Timers and High Volume Transaction Systems",
 * 1987).
 *
 * <p>The cycle of a group:
 *
 * <ol>
 *   <li>{@link #submit} queues a request. If the cycle is idle, it starts on the next turn of the
 *       event loop, so that requests of the same turn share a transaction.
 *   <li>{@link #next} takes a group from the queue, without the requests that timed out. If none is
 *       left, the cycle is idle.
 *   <li>{@link #commit} runs the group's transaction and completes the answers. If it fails because
 *       of a request, {@link #commitOneByOne} repeats it with one transaction per request.
 *   <li>{@link #linger} waits after a large group, then continues with the second step.
 * </ol>
 *
 * <p>Belongs to one event loop, that of the verticle that submits requests. It does not start on
 * any other thread.
 *
 * @param <I> a request
 * @param <O> its answer
 */
public final class GroupCommit<I, O> {
  /** The queue is full. The request had no effect and can be repeated later. */
  public static final class OverloadedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public OverloadedException(int waiting) {
      super("requests waiting: " + waiting, null, false, false);
    }
  }

  static final int SMALL_GROUP = 4;

  private record Waiting<I, O>(I request, Promise<O> answer) {
    boolean isAnswered() {
      return answer.future().isComplete();
    }
  }

  private final Vertx vertx;
  private final Function<List<I>, Future<List<O>>> transaction;
  private final int maxBatch;
  private final int maxWaiting;
  private final long maxLingerMillis;
  private final DistributionSummary sizes;
  private final Deque<Waiting<I, O>> queue = new ArrayDeque<>();
  private boolean idle = true;

  /**
   * @param maxBatch most requests in one transaction
   * @param maxWaiting most requests that wait; further ones fail with {@link OverloadedException}
   * @param maxLinger after a group of more than {@value #SMALL_GROUP} the next one waits for twice
   *     the time of its transaction, up to this bound, so that more requests share it; zero for no
   *     wait
   * @param transaction one transaction; returns the answers in the order of the requests
   */
  public GroupCommit(
      Vertx vertx,
      String name,
      MeterRegistry meters,
      int maxBatch,
      int maxWaiting,
      Duration maxLinger,
      Function<List<I>, Future<List<O>>> transaction) {
    this.vertx = vertx;
    this.transaction = transaction;
    this.maxBatch = maxBatch;
    this.maxWaiting = maxWaiting;
    this.maxLingerMillis = maxLinger.toMillis();
    this.sizes = DistributionSummary.builder(name + ".transaction.requests").register(meters);
  }

  /**
   * Submits a request. The answer completes after the commit of the request's transaction.
   *
   * @throws IllegalStateException off an event loop
   */
  public Future<O> submit(I request) {
    return enqueue(request).future();
  }

  /**
   * As {@link #submit(Object)}, with a timeout: then the answer is a {@link
   * java.util.concurrent.TimeoutException}. A request whose transaction has not begun by then is
   * dropped; one whose transaction has may still take effect.
   */
  public Future<O> submit(I request, Duration within) {
    Promise<O> answer = enqueue(request);
    return answer
        .future()
        .timeout(Math.max(1, within.toMillis()), TimeUnit.MILLISECONDS)
        // Drops the request from the queue; has no effect if it was answered.
        .onFailure(answer::tryFail);
  }

  private Promise<O> enqueue(I request) {
    if (!Context.isOnEventLoopThread()) {
      throw new IllegalStateException("a group commit is used on its event loop only");
    }
    // With a context, so that Future.timeout runs on the event loop instead of a thread of Netty.
    Promise<O> answer = ((ContextInternal) vertx.getOrCreateContext()).promise();
    if (queue.size() >= maxWaiting) {
      answer.fail(new OverloadedException(queue.size()));
      return answer;
    }
    queue.add(new Waiting<>(request, answer));
    if (idle) {
      idle = false;
      vertx.runOnContext(later -> next());
    }
    return answer;
  }

  private void next() {
    List<Waiting<I, O>> group = new ArrayList<>(Math.min(queue.size(), maxBatch));
    while (!queue.isEmpty() && group.size() < maxBatch) {
      Waiting<I, O> waiting = queue.poll();
      if (!waiting.isAnswered()) {
        group.add(waiting);
      }
    }
    if (group.isEmpty()) {
      idle = true;
      return;
    }
    sizes.record(group.size());
    long startNanos = System.nanoTime();
    commit(group).onComplete(done -> linger(group.size(), System.nanoTime() - startNanos));
  }

  private void linger(int requests, long tookNanos) {
    long millis = queue.size() >= maxBatch ? 0 : lingerMillis(requests, tookNanos, maxLingerMillis);
    if (millis == 0) {
      next();
    } else {
      vertx.setTimer(millis, lingered -> next());
    }
  }

  /** Twice the time of a large group's transaction; none after a small group. */
  static long lingerMillis(int requests, long tookNanos, long maxLingerMillis) {
    return requests > SMALL_GROUP
        ? Math.min(maxLingerMillis, TimeUnit.NANOSECONDS.toMillis(tookNanos * 2))
        : 0;
  }

  private Future<Void> commit(List<Waiting<I, O>> group) {
    List<I> requests = group.stream().map(Waiting::request).toList();
    return Future.succeededFuture(requests)
        .compose(transaction)
        .compose(answers -> complete(group, answers))
        .recover(cause -> failed(group, cause));
  }

  private Future<Void> failed(List<Waiting<I, O>> group, Throwable cause) {
    // A row that cannot be read may concern one request only.
    boolean isCommon =
        TransientFaults.isTransient(cause) && !(cause instanceof UnexpectedRowsException);
    if (group.size() > 1 && !isCommon) {
      return commitOneByOne(group, 0);
    }
    group.forEach(waiting -> waiting.answer().tryFail(cause));
    return Future.succeededFuture();
  }

  private Future<Void> commitOneByOne(List<Waiting<I, O>> group, int index) {
    if (index == group.size()) {
      return Future.succeededFuture();
    }
    Waiting<I, O> waiting = group.get(index);
    return waiting.isAnswered()
        ? commitOneByOne(group, index + 1)
        : commit(List.of(waiting)).compose(done -> commitOneByOne(group, index + 1));
  }

  private static <I, O> Future<Void> complete(List<Waiting<I, O>> group, List<O> answers) {
    if (answers.size() != group.size()) {
      // A bug of the transaction that shows after its commit: it must not run again.
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
