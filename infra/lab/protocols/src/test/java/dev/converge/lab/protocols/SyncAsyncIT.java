package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.report.Claim;
import dev.converge.testkit.Seed;
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
    TestLab lab = TestLab.shared();
    SyncAsyncFigures.Settings settings = SyncAsyncLab.settings(Seed.one(), 5);

    SyncAsyncFigures figures =
        new SyncAsyncRun(lab.platform(), lab.client(), settings, System.out::println).run();

    System.out.println(SyncAsyncPage.of(figures).text());
    // Those on times depend on what else the machine does, and are printed only.
    assertThat(figures.claims())
        .filteredOn(claim -> !claim.found().contains("median"))
        .hasSize(5)
        .allMatch(Claim::met);
  }
}
