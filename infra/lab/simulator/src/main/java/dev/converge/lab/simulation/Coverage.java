package dev.converge.lab.simulation;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** How often what happened, over one run or many. */
final class Coverage {
  private final Map<Happening, Long> counts = new EnumMap<>(Happening.class);
  private long steps;
  private long virtualMillis;

  void count(Happening happening) {
    counts.merge(happening, 1L, Long::sum);
  }

  void ran(long newSteps, long newMillis) {
    steps += newSteps;
    virtualMillis += newMillis;
  }

  /** Adds what happened in another run. */
  void add(Coverage other) {
    other.counts.forEach((happening, count) -> counts.merge(happening, count, Long::sum));
    ran(other.steps, other.virtualMillis);
  }

  long of(Happening happening) {
    return counts.getOrDefault(happening, 0L);
  }

  /** Events of the schedule. */
  long steps() {
    return steps;
  }

  /** Virtual time, in milliseconds. */
  long virtualMillis() {
    return virtualMillis;
  }

  /** What never happened. */
  List<Happening> missing() {
    return Stream.of(Happening.values()).filter(happening -> of(happening) == 0).toList();
  }

  @Override
  public String toString() {
    return counts.toString();
  }
}
