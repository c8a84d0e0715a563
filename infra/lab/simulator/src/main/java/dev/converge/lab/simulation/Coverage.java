package dev.converge.lab.simulation;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** How often each coverage point was reached, in one run or many. */
final class Coverage {
  private final Map<CoveragePoint, Long> counts = new EnumMap<>(CoveragePoint.class);
  private long steps;
  private long virtualMillis;

  void count(CoveragePoint point) {
    counts.merge(point, 1L, Long::sum);
  }

  void ran(long newSteps, long newMillis) {
    steps += newSteps;
    virtualMillis += newMillis;
  }

  /** Adds another run. */
  void add(Coverage other) {
    other.counts.forEach((point, count) -> counts.merge(point, count, Long::sum));
    ran(other.steps, other.virtualMillis);
  }

  long of(CoveragePoint point) {
    return counts.getOrDefault(point, 0L);
  }

  /** Events of the schedule. */
  long steps() {
    return steps;
  }

  /** Virtual time, in milliseconds. */
  long virtualMillis() {
    return virtualMillis;
  }

  /** The coverage points that were never reached. */
  List<CoveragePoint> missing() {
    return Stream.of(CoveragePoint.values()).filter(point -> of(point) == 0).toList();
  }

  @Override
  public String toString() {
    return counts.toString();
  }
}
