package dev.converge.platform;

import java.util.Locale;
import java.util.Optional;

/** What {@code status} shows. */
final class StatusReport {
  private static final long KIB_PER_MIB = 1024;

  private final Platform platform;

  StatusReport(Platform platform) {
    this.platform = platform;
  }

  /** Prints a line per part; 0 where all are ready, 1 where some are not. */
  int print() {
    boolean allReady = true;
    long total = 0;
    System.out.printf("%-18s %-8s %8s %6s %10s%n", "PART", "STATE", "PID", "PORT", "MEMORY");
    for (Part part : Part.values()) {
      Optional<ProcessHandle> process = platform.process(part);
      boolean ready = process.isPresent() && platform.isReady(part);
      allReady &= ready;
      long memory = platform.residentKib(part);
      total += memory;
      System.out.printf(
          Locale.ROOT,
          "%-18s %-8s %8s %6d %6d MiB%n",
          part.id(),
          process.isEmpty() ? "down" : ready ? "ready" : "starting",
          process.map(p -> Long.toString(p.pid())).orElse("-"),
          platform.ports().of(part),
          memory / KIB_PER_MIB);
    }
    System.out.printf(Locale.ROOT, "%-43s %6d MiB%n", "all", total / KIB_PER_MIB);
    return allReady ? 0 : 1;
  }
}
