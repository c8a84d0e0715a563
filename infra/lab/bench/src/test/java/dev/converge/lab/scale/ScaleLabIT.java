package dev.converge.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.scale.ScaleLab.Extent;
import dev.converge.lab.scale.ScaleResult.Goal;
import dev.converge.platform.Layout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: a run measures what it says, and nothing is lost, doubled or out of order. Method: a run
 * that is shorter than the quick one. Its ratios and gaps depend on what else the machine does, and
 * are printed only.
 */
@Tag("campaign")
class ScaleLabIT {
  private static final Extent SHORT =
      new Extent(List.of(1, 2), 5_000, Duration.ofSeconds(6), Duration.ofSeconds(4));
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../../..")).toAbsolutePath().normalize();

  @Test
  void shortRunLosesAndDoublesNothing() throws Exception {
    Path tests = Files.createDirectories(ROOT.resolve("target/test-platforms"));
    Layout layout = new Layout(ROOT, Files.createTempDirectory(tests, "state-"));

    ScaleResult result = ScaleLab.run(layout, SHORT, System.out::println);

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
