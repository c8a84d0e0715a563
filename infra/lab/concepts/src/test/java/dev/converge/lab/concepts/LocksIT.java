package dev.converge.lab.concepts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.concepts.LocksFigures.Fault;
import dev.converge.lab.concepts.LocksFigures.Round;
import dev.converge.lab.concepts.LocksFigures.Settings;
import dev.converge.lab.report.Claim;
import dev.converge.platform.Layout;
import dev.converge.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: a late write is lost or refused as the page claims. Method: holders in processes of their
 * own, really killed, paused and cut off, over a real PostgreSQL and a real Redis.
 */
class LocksIT {
  private static final long LEASE_MILLIS = 1_000;

  @Test
  void lateWriteIsRefusedWhereItsTokenIsCheckedAndAppliedWhereItIsNot() throws Exception {
    Path root = Path.of(System.getProperty("converge.root", "../../..")).toAbsolutePath();
    Path folder = Files.createDirectories(root.resolve("target/test-platforms"));
    Layout layout = new Layout(root.normalize(), Files.createTempDirectory(folder, "locks-"));
    List<LockKind> kinds = List.of(LockKind.LEASE_ROW, LockKind.REDIS);

    LocksFigures figures =
        LocksLab.run(layout, new Settings(Seed.one(), LEASE_MILLIS, 1, kinds), System.out::println);

    System.out.println(LocksPage.of(figures).text());
    assertThat(figures.rounds()).hasSize(kinds.size() * Fault.values().length);
    assertThat(figures.rounds()).extracting(Round::passedOnMillis).doesNotContainNull();
    assertThat(figures.claims()).hasSize(3).allMatch(Claim::met);
  }
}
