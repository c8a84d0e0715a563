package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The output of {@code status}. */
final class StatusReport {
  private static final long KIB_PER_MIB = 1024;

  private static final int CASES = 3;

  private final Platform platform;
  private final Http http = new Http();

  StatusReport(Platform platform) {
    this.platform = platform;
  }

  /**
   * Prints a line per part, one per finding, one per branch in doubt, and one per divergence, the
   * oldest ten of each. Returns 0 if all are ready, there are no findings, no branch is in doubt
   * for long, and no divergence is open.
   */
  int print() {
    boolean allReady = true;
    long total = 0;
    List<Part> parts = platform.parts();
    System.out.printf(
        "%s %-8s %8s %6s %10s%n", Part.column("PART", parts), "STATE", "PID", "PORT", "MEMORY");
    for (Part part : parts) {
      Optional<ProcessHandle> process = platform.process(part);
      boolean ready = process.isPresent() && platform.isReady(part);
      // No order needs the console.
      allReady &= ready || part.isConsole();
      long memory = platform.residentKib(part);
      total += memory;
      System.out.printf(
          Locale.ROOT,
          "%s %-8s %8s %6d %6d MiB%n",
          Part.column(part.id(), parts),
          process.isEmpty() ? "down" : ready ? "ready" : "starting",
          process.map(p -> Long.toString(p.pid())).orElse("-"),
          platform.port(part),
          memory / KIB_PER_MIB);
    }
    System.out.printf(
        Locale.ROOT, "%s %24s %6d MiB%n", Part.column("all", parts), "", total / KIB_PER_MIB);
    List<String> found = audits().stream().map(Visible::line).toList();
    (found.isEmpty() ? List.of("audit: no findings") : found).forEach(System.out::println);
    boolean noneOverdue = reportsNoneOverdue();
    boolean allProtected = reportsAllProtected();
    return allReady && found.isEmpty() && noneOverdue && allProtected ? 0 : 1;
  }

  /** Prints the roles of the databases' nodes; returns whether no loss of one loses anything. */
  private boolean reportsAllProtected() {
    if (!platform.hasStandbys()) {
      return true;
    }
    Protection protection = Protection.of(platform);
    protection.lines().forEach(line -> System.out.println("database: " + Visible.line(line)));
    return protection.all();
  }

  /** Prints the branches in doubt and the divergences; returns whether none needs an operator. */
  private boolean reportsNoneOverdue() {
    if (!platform.hasProtocols()) {
      return true;
    }
    try {
      OpenTransactions open = OpenTransactions.of(platform);
      if (open.inDoubt().isEmpty()) {
        System.out.println("transactions: none in doubt");
      }
      open.inDoubtLines().forEach(line -> System.out.println("transactions: " + line));
      open.divergedLines().forEach(line -> System.out.println("transactions: " + line));
      return open.needNoOperator();
    } catch (PlatformException e) {
      System.out.println("transactions: " + Visible.line(String.valueOf(e.getMessage())));
      return false;
    }
  }

  /** The findings of the services' audits, a line each. */
  private List<String> audits() {
    List<String> lines = new ArrayList<>();
    for (Part service : platform.scale().nodes(Role.Kind.SERVICE)) {
      lines.addAll(audit(service));
    }
    return lines;
  }

  private List<String> audit(Part part) {
    if (!platform.isRunning(part)) {
      return List.of("audit: " + part.id() + " does not answer: it is down");
    }
    try {
      return lines(part.id(), http.get(platform.ports().url(part) + "/audit").body());
    } catch (IOException e) {
      return List.of("audit: " + part.id() + " does not answer: " + e);
    }
  }

  /** The lines for an answer of {@code GET /audit}. */
  static List<String> lines(String part, JsonNode answer) {
    if (!answer.path("findings").isArray()) {
      return List.of("audit: " + part + " gives no answer");
    }
    List<String> lines = new ArrayList<>();
    for (JsonNode finding : answer.path("findings")) {
      List<String> cases = new ArrayList<>();
      finding.path("cases").forEach(one -> cases.add(one.asText()));
      lines.add(
          "audit: %s: %s %d: %s"
              .formatted(
                  part,
                  finding.path("check").asText(),
                  finding.path("count").asInt(),
                  String.join(", ", cases.subList(0, Math.min(CASES, cases.size())))));
    }
    for (JsonNode check : answer.path("notChecked")) {
      lines.add("audit: " + part + ": " + check.asText() + " could not be checked");
    }
    return lines;
  }
}
