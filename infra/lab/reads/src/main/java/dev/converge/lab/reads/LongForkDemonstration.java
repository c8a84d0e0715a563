package dev.converge.lab.reads;

import dev.converge.lab.reads.OrderApi.Answer;
import dev.converge.lab.reads.ReadsFigures.LongFork;
import dev.converge.lab.reads.ReadsFigures.LongFork.Step;
import io.vertx.core.Future;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Two writes that do not depend on each other, seen in opposite orders: a Long Fork. A replica
 * shows commits in the order of the log. The primary shows one when its session goes on after the
 * standby has confirmed it, and sessions may go on in another order. Here one session is paused at
 * that moment, as the scheduler of a busy machine may do.
 *
 * <p>Two physical standbys never disagree with each other, as both replay one log.
 */
final class LongForkDemonstration {
  private static final long WITHIN_SECONDS = 20;
  private static final long WAITS_WITHIN_MILLIS = 3_000;

  private final ReadsPlatform platform;
  private final OrderApi api;
  private final String keys;
  private final long begin = System.nanoTime();
  private final List<Step> steps = new ArrayList<>();

  /**
   * @param keys the prefix of its keys
   */
  LongForkDemonstration(ReadsPlatform platform, OrderApi api, String keys) {
    this.platform = platform;
    this.api = api;
    this.keys = keys;
  }

  LongFork run() throws SQLException, IOException, InterruptedException, TimeoutException {
    Answer other = await(api.place(keys + "other", null));
    Answer before = await(api.newest(Level.STRONG, null));
    platform.standbys().forEach(platform::pause);
    Future<Answer> first = api.place(keys + "first", null);
    Optional<Long> session = waiting();
    if (session.isPresent()) {
      ReadsPlatform.signal(session.get(), "STOP");
    }
    platform.standbys().forEach(platform::resume);
    if (session.isEmpty()) {
      return new LongFork(steps);
    }
    try {
      fork(other.orderId(), String.valueOf(before.newest()));
    } finally {
      ReadsPlatform.signal(session.get(), "CONT");
    }
    note("the paused session goes on", null, null);
    await(first);
    read(Level.STRONG, other.orderId(), String.valueOf(before.newest()));
    return new LongFork(steps);
  }

  private Optional<Long> waiting() throws SQLException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WAITS_WITHIN_MILLIS);
    Optional<Long> session = platform.waitingForAStandby();
    while (session.isEmpty() && System.nanoTime() - until < 0) {
      TimeUnit.MILLISECONDS.sleep(5);
      session = platform.waitingForAStandby();
    }
    note(
        "first write: an order is placed; its commit is in the log, and its session is paused",
        null,
        null);
    return session;
  }

  private void fork(String other, String before) throws TimeoutException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WAITS_WITHIN_MILLIS);
    // Until the replicas have replayed it.
    while (!read(Level.EVENTUAL, other, before).first() && System.nanoTime() - until < 0) {
      steps.remove(steps.size() - 1);
      TimeUnit.MILLISECONDS.sleep(20);
    }
    Answer cancelled = await(api.cancel(other));
    note("second write: another order is cancelled, answered " + cancelled.status(), null, null);
    read(Level.STRONG, other, before);
  }

  /** Whether a read of a level has shown each write. */
  private record Shown(boolean first, boolean second) {}

  private Shown read(Level level, String other, String before) throws TimeoutException {
    Answer newest = await(api.newest(level, null));
    Answer found = await(api.find(other, level, null));
    boolean first = SessionLoad.isBefore(before, newest.newest());
    boolean second =
        found.body().getJsonObject("saga") != null
            && !"RUNNING".equals(found.body().getJsonObject("saga").getString("status"));
    note(level.says() + " read of " + found.servedBy(), first, second);
    return new Shown(first, second);
  }

  private void note(String says, @Nullable Boolean first, @Nullable Boolean second) {
    steps.add(new Step((System.nanoTime() - begin) / 1e6, says, first, second));
  }

  private static <T> T await(Future<T> answer) throws TimeoutException {
    return answer.await(WITHIN_SECONDS, TimeUnit.SECONDS);
  }
}
