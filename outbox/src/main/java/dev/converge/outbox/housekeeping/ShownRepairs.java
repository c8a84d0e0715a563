package dev.converge.outbox.housekeeping;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The recent repairs, each shown for a minute. */
final class ShownRepairs {
  private static final Duration SHOWN_FOR = Duration.ofMinutes(1);
  private static final int MOST = 10;

  private record Done(String what, long atNanos) {}

  private final Deque<Done> done = new ArrayDeque<>();

  synchronized void add(String what, long nowNanos) {
    if (done.size() == MOST) {
      done.removeFirst();
    }
    done.addLast(new Done(what, nowNanos));
  }

  synchronized List<String> at(long nowNanos) {
    done.removeIf(one -> nowNanos - one.atNanos() >= SHOWN_FOR.toNanos());
    return done.stream().map(Done::what).distinct().toList();
  }
}
