package dev.converge.lab.reads;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.report.Claim;
import dev.converge.platform.Layout;
import dev.converge.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: each level keeps its promise under every fault, and the weaker ones lack what they may.
 * Method: the quick run, on a real order-db with two standbys.
 */
@Tag("campaign")
class ReadsIT {
  @Test
  void quickRunShowsEveryClaim() throws Exception {
    Path root = Path.of(System.getProperty("converge.root", "../../..")).toAbsolutePath();
    Path folder = Files.createDirectories(root.resolve("target/test-platforms"));
    Layout layout = new Layout(root.normalize(), Files.createTempDirectory(folder, "reads-"));

    ReadsFigures figures = ReadsLab.run(layout, ReadsLab.quick(Seed.one()), System.out::println);

    System.out.println(ReadsPage.of(figures).text());
    assertThat(figures.claims()).hasSize(9).allMatch(Claim::met);
  }
}
