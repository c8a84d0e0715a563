package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
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

  /** A part as the report shows it. */
  private record PartState(Part part, String state, Optional<Long> pid, int port, long memoryMiB) {
    // No order needs the console.
    boolean isWell() {
      return state.equals("ready") || part.isConsole();
    }

    JsonNode json() {
      ObjectNode json = JsonOption.object().put("part", part.id()).put("state", state);
      pid.ifPresent(id -> json.put("pid", id));
      return json.put("port", port).put("memoryMiB", memoryMiB);
    }
  }

  private PartState stateOf(Part part) {
    Optional<ProcessHandle> process = platform.process(part);
    String state = process.isEmpty() ? "down" : platform.isReady(part) ? "ready" : "starting";
    return new PartState(
        part,
        state,
        process.map(ProcessHandle::pid),
        platform.port(part),
        platform.residentKib(part) / KIB_PER_MIB);
  }

  /**
   * Prints a line per part, one per finding, one per branch in doubt, and one per divergence, the
   * oldest ten of each. Returns 0 if all are ready, there are no findings, no branch is in doubt
   * for long, and no divergence is open.
   */
  int print() {
    List<Part> parts = platform.parts();
    List<PartState> states = parts.stream().map(this::stateOf).toList();
    System.out.printf(
        "%s %-8s %8s %6s %10s%n", Part.column("PART", parts), "STATE", "PID", "PORT", "MEMORY");
    for (PartState state : states) {
      System.out.printf(
          Locale.ROOT,
          "%s %-8s %8s %6d %6d MiB%n",
          Part.column(state.part().id(), parts),
          state.state(),
          state.pid().map(Object::toString).orElse("-"),
          state.port(),
          state.memoryMiB());
    }
    System.out.printf(
        Locale.ROOT,
        "%s %24s %6d MiB%n",
        Part.column("all", parts),
        "",
        states.stream().mapToLong(PartState::memoryMiB).sum());
    boolean allReady = states.stream().allMatch(PartState::isWell);
    List<String> found = audits().stream().map(Visible::line).toList();
    (found.isEmpty() ? List.of("audit: no findings") : found).forEach(System.out::println);
    boolean noneOverdue = reportsNoneOverdue();
    boolean allProtected = reportsAllProtected();
    return allReady && found.isEmpty() && noneOverdue && allProtected ? 0 : 1;
  }

  /**
   * Prints the same as a document of JSON, with the answers of the audits, and returns the same.
   */
  int printJson(PrintWriter out) {
    List<PartState> states = platform.parts().stream().map(this::stateOf).toList();
    ObjectNode report = JsonOption.object();
    ArrayNode parts = report.putArray("parts");
    states.forEach(state -> parts.add(state.json()));
    ObjectNode audits = report.putObject("audits");
    boolean noFinding = true;
    for (Part service : platform.scale().nodes(Role.Kind.SERVICE)) {
      JsonNode audit = auditOf(service);
      audits.set(service.id(), audit);
      noFinding &= lines(service.id(), audit).isEmpty();
    }
    boolean noneOverdue = true;
    if (platform.hasProtocols()) {
      OpenTransactions open = OpenTransactions.of(platform);
      ArrayNode inDoubt = report.putArray("inDoubt");
      open.inDoubt().forEach(branch -> inDoubt.add(branch.json()));
      ArrayNode diverged = report.putArray("diverged");
      open.diverged().forEach(branch -> diverged.add(branch.json()));
      ArrayNode unread = report.putArray("unreadDatabases");
      open.unread().forEach(database -> unread.add(database.id()));
      noneOverdue = open.needNoOperator();
    }
    boolean allProtected = true;
    if (platform.hasStandbys()) {
      Protection protection = Protection.of(platform);
      ArrayNode databases = report.putArray("databases");
      protection.lines().forEach(databases::add);
      allProtected = protection.all();
    }
    boolean well =
        states.stream().allMatch(PartState::isWell) && noFinding && noneOverdue && allProtected;
    out.println(report.put("isWell", well));
    return well ? 0 : 1;
  }

  // The answer of an audit; null if there is none.
  private JsonNode auditOf(Part part) {
    try {
      return platform.isRunning(part)
          ? http.get(platform.ports().url(part) + "/audit").body()
          : NullNode.getInstance();
    } catch (IOException unreachable) {
      return NullNode.getInstance();
    }
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
      if (open.inDoubt().isEmpty() && open.unread().isEmpty()) {
        System.out.println("transactions: none in doubt");
      }
      open.unreadLines().forEach(line -> System.out.println("transactions: " + line));
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
