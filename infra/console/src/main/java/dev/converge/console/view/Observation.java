package dev.converge.console.view;

import java.time.Instant;
import java.util.List;

/**
 * A scrape of all processes.
 *
 * @param seconds since the one before
 */
public record Observation(Instant at, double seconds, List<Growth> processes) {
  public Observation {
    processes = List.copyOf(processes);
  }

  double growth(Selector counters) {
    return processes.stream().mapToDouble(process -> process.of(counters)).sum();
  }
}
