package dev.converge.lab.report;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/** The machine of a run. */
public record Machine(int cores, long memoryMiB, String os, String java) {
  /** This machine. */
  public static Machine here() {
    com.sun.management.OperatingSystemMXBean os =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        os.getTotalMemorySize() >> 20,
        os.getName() + " " + os.getArch(),
        Runtime.version().toString());
  }

  /** In one sentence. */
  public String says() {
    return String.format(
        Locale.ROOT,
        "%d cores, %,d MiB, %s, Java %s. Compare ratios within a run, not times between machines.",
        cores,
        memoryMiB,
        os,
        java);
  }
}
