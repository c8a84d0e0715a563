package dev.converge.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.scale.ScaleLab.Extent;
import dev.converge.lab.scale.ScaleResult.Goal;
import dev.converge.platform.Layout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: the quick run measures what it says, and nothing is lost, doubled or out of order. Method:
 * the quick run. Its ratios depend on what else the machine does, and are printed only.
 */
@Tag("campaign")
class ScaleLabIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../../..")).toAbsolutePath().normalize();

  @Test
  void quickRunLosesAndDoublesNothing() throws Exception {
    Path tests = Files.createDirectories(ROOT.resolve("target/test-platforms"));
    Layout layout = new Layout(ROOT, Files.createTempDirectory(tests, "state-"));

    ScaleResult result = ScaleLab.run(layout, Extent.QUICK, System.out::println);

    System.out.println(ScalePage.of(result).text());
    List<Goal> exact =
        result.goals().stream()
            .filter(goal -> goal.goal().contains("every row") || goal.goal().contains("sums"))
            .toList();
    assertThat(exact).hasSize(4).allMatch(Goal::met);
    assertThat(result.rebalances()).hasSize(3);
    assertThat(result.slots()).allMatch(slots -> slots.rowsPerSecond() > 0);
    assertThat(result.instances()).allMatch(instances -> instances.endedPerSecond() > 0);
  }
}
