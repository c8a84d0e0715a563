package dev.converge.lab.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * The events that may run next. A step draws one of the ready events and runs it. If no event is
 * ready, virtual time advances to the next timer. Reads no clock.
 */
final class Schedule {
  private record Timer(long atMillis, long number, Runnable event) {}

  private final SplittableRandom random;
  private final List<Runnable> ready = new ArrayList<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(
          Comparator.comparingLong(Timer::atMillis).thenComparingLong(Timer::number));
  private long nowMillis;
  private long steps;
  private long timersSet;

  Schedule(SplittableRandom random) {
    this.random = random;
  }

  /** Virtual time since the beginning, in milliseconds. */
  long nowMillis() {
    return nowMillis;
  }

  long steps() {
    return steps;
  }

  /** Makes an event ready. */
  void soon(Runnable event) {
    ready.add(event);
  }

  /** Schedules an event at a random moment after a delay in milliseconds. */
  void after(long millis, Runnable event) {
    if (millis <= 0) {
      soon(event);
    } else {
      timersSet++;
      timers.add(new Timer(nowMillis + millis, timersSet, event));
    }
  }

  /** Runs one event; returns false if there is none. */
  boolean step() {
    nowMillis += random.nextInt(3);
    Timer first = timers.peek();
    if (ready.isEmpty()) {
      if (first == null) {
        return false;
      }
      nowMillis = Math.max(nowMillis, first.atMillis());
    }
    for (Timer due = timers.peek();
        due != null && due.atMillis() <= nowMillis;
        due = timers.peek()) {
      ready.add(due.event());
      timers.remove(due);
    }
    steps++;
    drawn().run();
    return true;
  }

  private Runnable drawn() {
    int last = ready.size() - 1;
    int index = random.nextInt(ready.size());
    Runnable event = ready.get(index);
    ready.set(index, ready.get(last));
    ready.remove(last);
    return event;
  }
}
