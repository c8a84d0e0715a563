package dev.converge.lab.failover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.failover.FailoverFigures.Settings;
import dev.converge.lab.report.Claim;
import dev.converge.platform.Layout;
import dev.converge.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: the quick run finds nothing broken with a synchronous standby, and lost orders with an
 * asynchronous one. Method: the quick run.
 */
@Tag("campaign")
class FailoverIT {
  @Test
  void synchronousStandbyLosesNothingAndAnAsynchronousOneDoes() throws Exception {
    Path root = Path.of(System.getProperty("converge.root", "../../..")).toAbsolutePath();
    Path folder = Files.createDirectories(root.resolve("target/test-platforms"));
    Layout layout = new Layout(root.normalize(), Files.createTempDirectory(folder, "failover-"));

    FailoverFigures figures =
        FailoverLab.run(layout, new Settings(Seed.one(), 1, 1, 1, 100), System.out::println);

    System.out.println(FailoverPage.of(figures).text());
    assertThat(figures.failovers()).hasSize(3);
    // The one on the length of an outage depends on what else the machine does.
    assertThat(figures.claims())
        .filteredOn(claim -> !claim.says().contains("half a minute"))
        .hasSize(6)
        .allMatch(Claim::met);
  }
}
