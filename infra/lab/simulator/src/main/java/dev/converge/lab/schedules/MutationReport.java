package dev.converge.lab.schedules;

import java.io.PrintWriter;
import java.util.List;

/** The results of the search in a protocol with a deliberate mistake. */
final class MutationReport {
  private final PrintWriter out;
  private final Mutation mutation;

  MutationReport(PrintWriter out, Mutation mutation) {
    this.out = out;
    this.mutation = mutation;
  }

  /**
   * Searches the networks in which the protocol without the mistake is atomic.
   *
   * @return 1 if a violation is found, as for any other violation; 0 if none
   */
  int run(SimulatedProtocol protocol, List<Network> networks, long firstSeed, int seeds) {
    boolean found = false;
    for (Network network : networks) {
      if (protocol.isAtomicUnder(network)) {
        found |= search(protocol, network);
        found |= draw(protocol, network, firstSeed, seeds);
      }
    }
    if (!found) {
      out.println(mutation + " is not found in " + protocol.shortName());
    }
    return found ? 1 : 0;
  }

  private boolean search(SimulatedProtocol protocol, Network network) {
    Exploration explored = Exploration.of(protocol, network, mutation);
    String title = protocol.shortName() + " with " + mutation + ", " + network.words();
    ScheduleText.print(title, explored, out);
    if (explored.holds()) {
      out.println(title + ": no violation in " + explored.worlds() + " worlds");
    }
    return !explored.holds();
  }

  private boolean draw(SimulatedProtocol protocol, Network network, long firstSeed, int seeds) {
    RandomRuns runs = RandomRuns.of(Setting.of(protocol, network, mutation), firstSeed, seeds);
    out.println("Random schedules, " + network.words() + ": " + runs.summary());
    out.println();
    return runs.violating().isPresent();
  }
}
