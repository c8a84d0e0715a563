package dev.converge.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.report.Claim;
import dev.converge.lab.scale.ScaleFigures.Settings;
import dev.converge.platform.Layout;
import dev.converge.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: with two slots and two instances, of which one joins, leaves and is killed, nothing is
 * lost, doubled or out of order. Method: a run of two of each alone. Its rates and gaps depend on
 * what else the machine does, and are printed only.
 */
@Tag("campaign")
class ScaleLabIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../../..")).toAbsolutePath().normalize();

  @Test
  void shortRunLosesAndDoublesNothing() throws Exception {
    Path tests = Files.createDirectories(ROOT.resolve("target/test-platforms"));
    Layout layout = new Layout(ROOT, Files.createTempDirectory(tests, "state-"));

    Settings settings = new Settings(Seed.one(), List.of(2), 5_000, 6_000, 4_000);

    ScaleFigures figures = ScaleLab.run(layout, settings, System.out::println);

    System.out.println(ScalePage.of(figures).text());
    assertThat(figures.claims())
        .filteredOn(claim -> claim.says().contains("every row") || claim.says().contains("agree"))
        .hasSize(2)
        .allMatch(Claim::met);
    assertThat(figures.rebalances()).hasSize(3);
    assertThat(figures.slots()).hasSize(1).allMatch(slots -> slots.rowsPerSecond() > 0);
    assertThat(figures.instances()).hasSize(1).allMatch(each -> each.endedPerSecond() > 0);
  }
}
