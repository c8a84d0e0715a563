package dev.converge.lab.concepts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.concepts.ConsensusFigures.Fault;
import dev.converge.lab.concepts.ConsensusFigures.Settings;
import dev.converge.lab.concepts.ConsensusFigures.Victim;
import dev.converge.lab.report.Claim;
import dev.converge.platform.Layout;
import dev.converge.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: what the leader of a partition acknowledges alone is lost, and what all copies have is not.
 * Method: three real brokers, the leader of which is really cut off from the other two.
 */
@Tag("campaign")
class ConsensusIT {
  @Test
  void leaderThatIsCutOffLosesWhatItAcknowledgedAloneAndNothingElse() throws Exception {
    Path root = Path.of(System.getProperty("converge.root", "../../..")).toAbsolutePath();
    Path folder = Files.createDirectories(root.resolve("target/test-platforms"));
    Layout layout = new Layout(root.normalize(), Files.createTempDirectory(folder, "consensus-"));
    Settings settings =
        new Settings(Seed.one(), 100, 250, 1, List.of(Victim.LEADER), List.of(Fault.CUT));

    ConsensusFigures figures = ConsensusLab.run(layout, settings, System.out::println);

    System.out.println(ConsensusPage.of(figures).text());
    assertThat(figures.rounds()).hasSize(1);
    assertThat(figures.claims()).hasSize(5).allMatch(Claim::met);
  }
}
