package dev.converge.commitment.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.protocol.ThreePhaseCommit.MissingAcknowledgement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Goal: the diagrams of the documentation are those of the rules. Method: each is drawn from its
 * table and compared with the page.
 */
class ProtocolPageTest {
  private static final Path PAGE = Path.of("docs/protocols.md");
  private static final Pattern DIAGRAM =
      Pattern.compile(
          "<!-- diagram:(\\S+):begin -->\n```mermaid\n(.*?)```\n<!-- diagram:\\1:end -->",
          Pattern.DOTALL);

  private static Map<String, String> drawn() {
    Protocol twoPhases = TwoPhaseCommit.protocol();
    Protocol quorum = TwoPhaseCommit.withQuorum();
    Protocol tried = TryConfirmCancel.protocol();
    Protocol threePhases = ThreePhaseCommit.withTimeouts(MissingAcknowledgement.COMMITS);
    Protocol aborting = ThreePhaseCommit.withTimeouts(MissingAcknowledgement.ABORTS);
    Protocol termination = ThreePhaseCommit.withTermination(MissingAcknowledgement.COMMITS);
    return new TreeMap<>(
        Map.ofEntries(
            Map.entry("2pc-coordinator", ProtocolDiagram.coordinator(twoPhases)),
            Map.entry("2pc-participant", ProtocolDiagram.participant(twoPhases)),
            Map.entry("2pc-quorum-coordinator", ProtocolDiagram.coordinator(quorum)),
            Map.entry("2pc-quorum-participant", ProtocolDiagram.participant(quorum)),
            Map.entry("tcc-coordinator", ProtocolDiagram.coordinator(tried)),
            Map.entry("tcc-participant", ProtocolDiagram.participant(tried)),
            Map.entry("3pc-coordinator", ProtocolDiagram.coordinator(threePhases)),
            Map.entry("3pc-participant", ProtocolDiagram.participant(threePhases)),
            Map.entry("3pc-coordinator-aborting", ProtocolDiagram.coordinator(aborting)),
            Map.entry("3pc-termination-participant", ProtocolDiagram.participant(termination)),
            Map.entry(
                "dual-write-database-first", ProtocolDiagram.mermaid(DualWrite.databaseFirst())),
            Map.entry("dual-write-call-first", ProtocolDiagram.mermaid(DualWrite.callFirst()))));
  }

  @Test
  void diagramsAreThoseOfTheTables() throws IOException {
    Map<String, String> shown =
        DIAGRAM
            .matcher(Files.readString(PAGE))
            .results()
            .collect(
                Collectors.toMap(
                    match -> match.group(1),
                    match -> match.group(2),
                    (first, second) -> first,
                    TreeMap::new));

    assertThat(shown).isEqualTo(drawn());
  }
}
