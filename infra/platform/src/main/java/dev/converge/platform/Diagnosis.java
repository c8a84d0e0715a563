package dev.converge.platform;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;

/** The checks of {@code doctor}. */
final class Diagnosis {
  private static final int OLDEST_JAVA = 17;
  private static final long MEMORY_GIB = 4;
  private static final long DISK_GIB = 2;
  private static final long GIB = 1L << 30;

  private final Platform platform;
  private final boolean json;
  private boolean healthy = true;

  /**
   * @param json whether each check is printed as a document of JSON
   */
  Diagnosis(Platform platform, boolean json) {
    this.platform = platform;
    this.json = json;
  }

  /** Prints a line per check; 0 where all are well. */
  int print() {
    int java = Runtime.version().feature();
    check(
        java >= OLDEST_JAVA,
        "Java " + Runtime.version() + " (needed: " + OLDEST_JAVA + " or newer)");
    checkBinaries();
    checkMemory();
    checkDisk();
    for (Part part : platform.parts()) {
      checkPort(part);
    }
    if (platform.hasProtocols()) {
      checkTransactions();
    }
    if (platform.hasStandbys() && platform.isRunning(Part.SUPERVISOR)) {
      Protection protection = Protection.of(platform);
      check(protection.all(), String.join("; ", protection.lines()));
    }
    return healthy ? 0 : 1;
  }

  private void checkBinaries() {
    String machine = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
    try {
      check(Files.exists(platform.layout().postgresBinaries()), "PostgreSQL for " + machine);
    } catch (PlatformException e) {
      check(false, "PostgreSQL for " + machine + ": " + e.getMessage());
    }
  }

  private void checkMemory() {
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean machine) {
      double gib = (double) machine.getTotalMemorySize() / GIB;
      check(
          gib >= MEMORY_GIB,
          String.format(Locale.ROOT, "%.1f GiB of memory (needed: %d)", gib, MEMORY_GIB));
    }
  }

  private void checkDisk() {
    double gib = (double) platform.layout().root().toFile().getUsableSpace() / GIB;
    check(
        gib >= DISK_GIB,
        String.format(Locale.ROOT, "%.1f GiB of disk (needed: %d)", gib, DISK_GIB));
  }

  private void checkTransactions() {
    try {
      OpenTransactions open = OpenTransactions.of(platform);
      check(
          open.overdue() == 0,
          "branches of transactions in doubt: %d, for more than 10 s: %d"
              .formatted(open.inDoubt().size(), open.overdue()));
      print(open.inDoubtAdvice());
      open.unreadLines().forEach(line -> check(false, line));
      check(
          open.diverged().isEmpty(),
          "branches that ended differently from their decision: " + open.diverged().size());
      print(open.divergedAdvice());
    } catch (PlatformException e) {
      check(false, "branches of transactions in doubt: " + e.getMessage());
    }
  }

  private void print(List<String> details) {
    details.forEach(
        detail ->
            System.out.println(
                json ? JsonOption.object().put("detail", detail).toString() : "      " + detail));
  }

  private void checkPort(Part part) {
    int port = platform.port(part);
    if (platform.isRunning(part)) {
      check(platform.isReady(part), part.id() + " runs on port " + port);
    } else if (PortOwners.isFree(port)) {
      check(true, "port " + port + " is free for " + part.id());
    } else {
      String owner = PortOwners.pid(port).map(Object::toString).orElse("unknown");
      check(false, "port " + port + " of " + part.id() + " is taken by process " + owner);
    }
  }

  private void check(boolean well, String what) {
    healthy &= well;
    System.out.println(
        json
            ? JsonOption.object().put("isWell", well).put("check", what).toString()
            : (well ? "ok    " : "FAULT ") + what);
  }
}
