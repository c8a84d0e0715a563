package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.report.Claim;
import dev.converge.platform.Layout;
import dev.converge.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: orders by messages are taken and end although payment is slow and down, and those of a
 * chain of calls are not. Method: a short run on a real platform.
 */
@Tag("campaign")
class SyncAsyncIT {
  @Test
  void messagesOutliveAnOutageThatAChainOfCallsDoesNot() throws Exception {
    Path root = Path.of(System.getProperty("converge.root", "../../..")).toAbsolutePath();
    Path folder = Files.createDirectories(root.resolve("target/test-platforms"));
    Layout layout = new Layout(root.normalize(), Files.createTempDirectory(folder, "sync-async-"));

    SyncAsyncFigures figures =
        SyncAsyncLab.run(layout, SyncAsyncLab.settings(Seed.one(), 5), System.out::println);

    System.out.println(SyncAsyncPage.of(figures).text());
    // Those on times depend on what else the machine does, and are printed only.
    assertThat(figures.claims())
        .filteredOn(claim -> !claim.found().contains("median"))
        .hasSize(5)
        .allMatch(Claim::met);
  }
}
