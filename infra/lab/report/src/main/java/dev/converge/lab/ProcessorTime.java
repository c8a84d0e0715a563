package dev.converge.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Processor time of a process, with that of children it has outlived: PostgreSQL starts one for
 * each connection and each vacuum.
 */
public final class ProcessorTime {
  // The kernel's unit in /proc, independent of the timer's: USER_HZ.
  private static final double MILLIS_PER_TICK = 10;

  // Counted after the name, which may hold blanks and brackets: proc_pid_stat(5) fields 14 to 17.
  private static final int USER = 11;
  private static final int FIELDS = 4;

  private ProcessorTime() {}

  /** Milliseconds; without /proc, those of the process alone; 0 if it has ended. */
  public static double millis(ProcessHandle process) {
    Path stat = Path.of("/proc/" + process.pid() + "/stat");
    if (!Files.exists(stat)) {
      return process.info().totalCpuDuration().map(spent -> spent.toNanos() / 1e6).orElse(0.0);
    }
    try {
      return millis(Files.readString(stat));
    } catch (IOException ended) {
      return 0;
    }
  }

  /** User and system time, and the same of children that were waited for. */
  static double millis(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    long ticks = 0;
    for (int at = USER; at < USER + FIELDS; at++) {
      ticks += Long.parseLong(fields[at]);
    }
    return ticks * MILLIS_PER_TICK;
  }
}
