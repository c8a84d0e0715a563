package dev.converge.lab.concepts;

import dev.converge.lab.concepts.LeaderViews.Seen;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/** Asks each node ten times a second who leads, each in a thread of its own. */
final class LeaderWatch implements AutoCloseable {
  private static final long EVERY_NANOS = 100_000_000;
  private static final long ENDS_WITHIN_MILLIS = 5_000;

  private final int victim;
  private final long since;
  private final IntFunction<Optional<Integer>> question;
  private final List<Seen> seen = Collections.synchronizedList(new ArrayList<>());
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Thread> threads = new ArrayList<>();

  /**
   * @param since the time of the fault
   * @param question the leader that a node names, -1 for none; empty if it does not answer
   */
  LeaderWatch(
      List<Integer> nodes, int victim, long since, IntFunction<Optional<Integer>> question) {
    this.victim = victim;
    this.since = since;
    this.question = question;
    for (int node : nodes) {
      Thread thread = new Thread(() -> watch(node), "watch-" + node);
      threads.add(thread);
      thread.start();
    }
  }

  private void watch(int node) {
    while (!over.get()) {
      Optional<Integer> leader = question.apply(node);
      double at = (System.nanoTime() - since) / 1e6;
      leader.ifPresent(named -> seen.add(new Seen(at, node, named)));
      LockSupport.parkNanos(EVERY_NANOS);
    }
  }

  LeaderViews views() {
    synchronized (seen) {
      return new LeaderViews(victim, List.copyOf(seen));
    }
  }

  @Override
  public void close() {
    over.set(true);
    try {
      for (Thread thread : threads) {
        thread.join(ENDS_WITHIN_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
