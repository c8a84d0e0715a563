package dev.converge.lab.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * What may happen next. One of the events that are ready is drawn and happens; where none is, time
 * leaps to the next timer. Nothing here waits, and no clock is read.
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

  /** Has an event happen at any moment from now on. */
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

  /** Has one event happen; says whether there was one. */
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
