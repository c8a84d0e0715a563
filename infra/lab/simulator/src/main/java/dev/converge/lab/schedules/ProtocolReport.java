package dev.converge.lab.schedules;

import dev.converge.lab.schedules.Exploration.Wait;
import dev.converge.lab.simulation.SagaSeeds;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The results of the search in each protocol: a table, and the shortest schedules. */
final class ProtocolReport {
  private static final String DATABASE_FIRST = "dual-write";
  private static final String CALL_FIRST = "dual-write-call-first";
  private static final String SAGA = "saga";

  private final PrintWriter out;
  private final List<String> names;
  private final List<Network> networks;
  private boolean asPromised = true;

  ProtocolReport(PrintWriter out, List<String> names, List<Network> networks) {
    this.out = out;
    this.names = List.copyOf(names);
    this.networks = List.copyOf(networks);
  }

  static List<String> names() {
    List<String> all = new ArrayList<>(SimulatedProtocol.names());
    all.addAll(List.of(DATABASE_FIRST, CALL_FIRST, SAGA));
    return List.copyOf(all);
  }

  /**
   * Searches and prints.
   *
   * @return 0 if each protocol keeps and breaks atomicity where it is known to, else 1
   */
  int run(long firstSeed, int seeds) {
    List<SimulatedProtocol> protocols =
        names.stream().map(SimulatedProtocol::named).flatMap(Optional::stream).toList();
    if (!protocols.isEmpty()) {
      explore(protocols);
      printWaits(protocols);
    }
    control(DATABASE_FIRST, DualWriteModel.databaseFirst());
    control(CALL_FIRST, DualWriteModel.callFirst());
    draw(protocols, firstSeed, seeds);
    out.println(
        asPromised
            ? "Each protocol is atomic where it promises to be, and nowhere else."
            : "NOT AS PROMISED: see above.");
    out.flush();
    return asPromised ? 0 : 1;
  }

  // ---- every schedule

  private void explore(List<SimulatedProtocol> protocols) {
    out.println("Every schedule of one transaction with two participants");
    row("", networks.stream().map(Network::words).toList());
    Map<SimulatedProtocol, Map<Network, Exploration>> all = new EnumMap<>(SimulatedProtocol.class);
    for (SimulatedProtocol protocol : protocols) {
      Map<Network, Exploration> explored = new EnumMap<>(Network.class);
      networks.forEach(network -> explored.put(network, Exploration.of(protocol, network, null)));
      explored.forEach(
          (network, found) -> require(found.holds() == protocol.isAtomicUnder(network)));
      all.put(protocol, explored);
      row(protocol.shortName(), explored.values().stream().map(ProtocolReport::verdict).toList());
    }
    out.println();
    all.forEach(this::printShortest);
  }

  private void row(String name, List<String> cells) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-22s", name));
    cells.forEach(cell -> line.append(String.format(Locale.ROOT, " %-29s", cell)));
    out.print(line.toString().stripTrailing() + "\n");
    out.flush();
  }

  private static String verdict(Exploration explored) {
    return explored
        .worst()
        .flatMap(explored::shortest)
        .map(schedule -> "diverges in " + schedule.steps() + " steps")
        .orElse(String.format(Locale.ROOT, "holds (%,d worlds)", explored.worlds()));
  }

  // The partition first: it is what the protocols differ in.
  private void printShortest(SimulatedProtocol protocol, Map<Network, Exploration> explored) {
    for (Network network :
        List.of(Network.PARTITION, Network.COORDINATOR_CRASHES, Network.CRASHES, Network.ANY)) {
      Exploration found = explored.get(network);
      if (found != null && !found.holds()) {
        ScheduleText.print(protocol.shortName() + ", " + network.words(), found, out);
        return;
      }
    }
  }

  // ---- waiting

  private void printWaits(List<SimulatedProtocol> protocols) {
    out.println("Does a prepared branch wait for as long as …");
    row(
        "",
        List.of(
            "the coordinator is down",
            "no order-service is up",
            "its register has no majority",
            "its participant is cut off"));
    Map<SimulatedProtocol, Schedule> blocked = new EnumMap<>(SimulatedProtocol.class);
    for (SimulatedProtocol protocol : protocols) {
      Map<Wait, Schedule> waits = Exploration.waits(protocol);
      Optional.ofNullable(waits.get(Wait.COORDINATOR_DOWN))
          .ifPresent(schedule -> blocked.put(protocol, schedule));
      boolean quorum = protocol.register() == SimulatedProtocol.RegisterPlace.QUORUM;
      row(
          protocol.shortName(),
          List.of(
              verdict(waits, Wait.COORDINATOR_DOWN),
              protocol.preparesTheOrder() ? orderVerdict(waits) : "-",
              quorum ? verdict(waits, Wait.REGISTER_DOWN) : "-",
              verdict(waits, Wait.CUT_OFF)));
    }
    out.println();
    if (protocols.stream().anyMatch(SimulatedProtocol::preparesTheOrder)) {
      out.println(
          "No order-service is up: the coordinator is down, and with it the participant of the order,"
              + " whose branch only an order-service can end. Where - is shown the order has no branch.");
      out.println();
    }
    blocked.forEach(this::printBlocked);
  }

  private static String verdict(Map<Wait, Schedule> waits, Wait cause) {
    return waits.containsKey(cause) ? "waits" : "decides";
  }

  private static String orderVerdict(Map<Wait, Schedule> waits) {
    return waits.containsKey(Wait.ORDER_SERVICE_DOWN) ? "the order's waits" : "decides";
  }

  private void printBlocked(SimulatedProtocol protocol, Schedule schedule) {
    out.println(protocol.shortName() + ", and the coordinator does not come back:");
    ScheduleText.print(schedule.concluding("a branch waits until the coordinator is back"), out);
  }

  // ---- the control

  private void control(String name, DualWriteModel model) {
    if (names.contains(name)) {
      Exploration explored = Exploration.of(model);
      require(!explored.holds());
      ScheduleText.print(name, explored, out);
    }
  }

  // ---- random schedules

  private void draw(List<SimulatedProtocol> protocols, long firstSeed, int seeds) {
    out.println(
        "Random schedules of 1 to 4 transactions with three participants, from seed " + firstSeed);
    for (SimulatedProtocol protocol : protocols) {
      Setting setting = Setting.of(protocol, Network.ANY, null);
      RandomRuns runs = RandomRuns.of(setting, firstSeed, seeds);
      // The search finds each failure; few seeds may not.
      require(runs.violating().isEmpty() || !protocol.isAtomicUnder(Network.ANY));
      out.println(String.format(Locale.ROOT, "%-22s %s", protocol.shortName(), runs.summary()));
      if (protocol.isAtomicUnder(Network.ANY)) {
        runs.violating()
            .map(RandomRun.Result::story)
            .ifPresent(story -> story.text().forEach(out::println));
      }
      out.flush();
    }
    if (names.contains(SAGA)) {
      Optional<String> violation = SagaSeeds.firstViolation(firstSeed, seeds);
      require(violation.isEmpty());
      out.println(
          String.format(
              Locale.ROOT,
              "%-22s %s",
              SAGA,
              violation.orElse(
                  String.format(
                      Locale.ROOT,
                      "%,d seeds of its own simulator (lab simulate): no violation",
                      seeds))));
    }
    out.println();
  }

  private void require(boolean holds) {
    asPromised &= holds;
  }
}
