package dev.converge.lab.schedules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.Decision;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.CoordinatorAction;
import dev.converge.commitment.protocol.CoordinatorEvent;
import dev.converge.commitment.protocol.CoordinatorPhase;
import dev.converge.commitment.protocol.DualWrite;
import dev.converge.commitment.protocol.Protocol;
import dev.converge.commitment.protocol.ProtocolDiagram;
import dev.converge.commitment.protocol.TransitionTable;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: docs/experiments.md shows the rules that run, and what the search finds. Method: each
 * diagram between markers is compared with the one that is drawn from the tables, or by the search;
 * the tables of results are compared with the search. With {@code -Dconverge.write=true} the
 * diagrams are written instead.
 */
class ExperimentsDocTest {
  private static final Path DOCUMENT = Path.of("..", "..", "..", "docs", "experiments.md");

  @Test
  void documentShowsTheDiagramsOfTheTables() throws IOException {
    String document = Files.readString(DOCUMENT);
    for (Map.Entry<String, String> diagram : diagrams().entrySet()) {
      String begin = "<!-- diagram:" + diagram.getKey() + ":begin -->\n";
      String end = "<!-- diagram:" + diagram.getKey() + ":end -->\n";
      String expected = "```mermaid\n" + diagram.getValue() + "```\n";

      assertThat(document).as(diagram.getKey()).containsOnlyOnce(begin).containsOnlyOnce(end);
      int from = document.indexOf(begin) + begin.length();
      int to = document.indexOf(end);
      if (Boolean.getBoolean("converge.write")) {
        document = document.substring(0, from) + expected + document.substring(to);
        Files.writeString(DOCUMENT, document);
        continue;
      }
      String shown = document.substring(from, to);

      assertThat(shown)
          .as("between the markers of %s is expected:%n%n%s%n", diagram.getKey(), expected)
          .isEqualTo(expected);
    }
  }

  private static Map<String, String> diagrams() {
    Protocol twoPhase = SimulatedProtocol.TWO_PHASE.protocol();
    Protocol tcc = SimulatedProtocol.TCC.protocol();
    Protocol quorum = SimulatedProtocol.TWO_PHASE_QUORUM.protocol();
    Map<String, String> diagrams = new LinkedHashMap<>();
    diagrams.put("dual-write", ProtocolDiagram.mermaid(DualWrite.databaseFirst()));
    diagrams.put("2pc-coordinator", ProtocolDiagram.mermaid(twoPhase.coordinator()));
    diagrams.put("2pc-participant", ProtocolDiagram.mermaid(twoPhase.participant()));
    diagrams.put("tcc-coordinator", ProtocolDiagram.coordinator(tcc));
    diagrams.put("tcc-participant", ProtocolDiagram.participant(tcc));
    diagrams.put(
        "tcc-suspended-try",
        shortest(SimulatedProtocol.TCC, Network.ANY, Mutation.NO_TOMBSTONE_AFTER_AN_EMPTY_CANCEL));
    diagrams.put("2pc-quorum-coordinator", ProtocolDiagram.coordinator(quorum));
    diagrams.put("2pc-quorum-participant", ProtocolDiagram.participant(quorum));
    diagrams.put("2pc-quorum-without-coordinator", quorumWithoutCoordinator());
    diagrams.put(
        "resolver-without-row",
        shortest(
            SimulatedProtocol.TWO_PHASE, Network.ANY, Mutation.RESOLVER_WITHOUT_A_DECISION_ROW));
    diagrams.put(
        "3pc-participant",
        ProtocolDiagram.mermaid(SimulatedProtocol.THREE_PHASE.protocol().participant()));
    diagrams.put(
        "3pc-termination-crashes",
        shortest(SimulatedProtocol.THREE_PHASE_TERMINATION, Network.CRASHES, null));
    diagrams.put("3pc-partition", shortest(SimulatedProtocol.THREE_PHASE, Network.PARTITION, null));
    return diagrams;
  }

  /** All have voted, the coordinator is gone, and the participants write the register. */
  private static String quorumWithoutCoordinator() {
    Setting setting =
        Setting.of(SimulatedProtocol.TWO_PHASE_QUORUM, Network.CRASHES, null)
            .with(Topology.domains());
    return lines(
        Search.of(new Commitment(setting))
            .shortest(
                world ->
                    world.coordination().phase() == CoordinatorPhase.NEW
                        && world.register().decision() == Decision.ABORT
                        && world.branches().stream()
                            .allMatch(branch -> branch.state() == BranchState.ABORTED))
            .orElseThrow()
            .concluding("all branches end while the coordinator is down"));
  }

  private static String shortest(
      SimulatedProtocol protocol, Network network, @Nullable Mutation mutation) {
    Exploration explored = Exploration.of(protocol, network, mutation);
    Violation worst = explored.worst().orElseThrow();
    return lines(explored.shortest(worst).orElseThrow().concluding(worst.words()));
  }

  private static String lines(Schedule schedule) {
    return String.join("\n", schedule.mermaid()) + "\n";
  }

  /** A request and its answer for each step of the coordinator. */
  @Test
  void countsOfMessagesAreThoseOfTheMachines() throws IOException {
    assertThat(messages(SimulatedProtocol.THREE_PHASE)).isEqualTo(8);
    assertThat(messages(SimulatedProtocol.THREE_PHASE_TERMINATION)).isEqualTo(8);
    assertThat(messages(SimulatedProtocol.TCC)).isEqualTo(6);
    assertThat(messages(SimulatedProtocol.TWO_PHASE)).isEqualTo(6);
    assertThat(messages(SimulatedProtocol.TWO_PHASE_QUORUM)).isEqualTo(6);
    assertThat(Files.readString(DOCUMENT))
        .contains("each of the 8 messages of `3pc` and of the 6 of `tcc`, `2pc` and `2pc-quorum`")
        .contains("those 3 of the 8 of `3pc-termination`");
  }

  private static long messages(SimulatedProtocol protocol) {
    Set<CoordinatorAction> sent = EnumSet.noneOf(CoordinatorAction.class);
    TransitionTable<CoordinatorPhase, CoordinatorEvent, CoordinatorAction> rules =
        protocol.protocol().coordinator();
    for (CoordinatorPhase phase : CoordinatorPhase.values()) {
      for (CoordinatorEvent event : CoordinatorEvent.values()) {
        if (rules.states().contains(phase) && rules.hasEvent(event)) {
          sent.addAll(rules.next(phase, event).actions());
        }
      }
    }
    return 2
        * sent.stream()
            .filter(
                Set.of(
                        CoordinatorAction.SEND_PREPARE,
                        CoordinatorAction.SEND_PRECOMMIT,
                        CoordinatorAction.SEND_COMMIT,
                        CoordinatorAction.SEND_ABORT)
                    ::contains)
            .count();
  }

  @ParameterizedTest
  @CsvSource({
    "tcc,                    '`tcc`, `2pc`'",
    "2pc,                    '`tcc`, `2pc`'",
    "2pc-quorum,             '`2pc-quorum`'",
    "3pc,                    '`3pc`'",
    "3pc-termination,        '`3pc-termination`'"
  })
  void tableOfResultsIsThatOfTheSearch(String name, String cell) throws IOException {
    SimulatedProtocol protocol = SimulatedProtocol.named(name).orElseThrow();
    StringBuilder row = new StringBuilder("| " + cell + " |");
    for (Network network : Network.values()) {
      boolean holds = Exploration.of(protocol, network, null).holds();
      row.append(holds ? " atomic |" : " diverges |");
    }
    Map<Exploration.Wait, Schedule> waits = Exploration.waits(protocol);
    row.append(waits.containsKey(Exploration.Wait.COORDINATOR_DOWN) ? " yes |" : " no |");
    row.append(
        !protocol.preparesTheOrder()
            ? " – |"
            : waits.containsKey(Exploration.Wait.ORDER_SERVICE_DOWN) ? " yes |" : " no |");
    row.append(waits.containsKey(Exploration.Wait.CUT_OFF) ? " yes |" : " no |");

    assertThat(Files.readString(DOCUMENT)).contains(row + "\n");
  }
}
