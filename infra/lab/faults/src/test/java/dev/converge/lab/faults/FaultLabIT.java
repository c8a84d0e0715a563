package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.history.ConcurrentBurst;
import dev.converge.platform.Layout;
import dev.converge.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: no invariant is violated under any fault, and the verdict reports it. Method: a short
 * campaign with eight faults of six families, in any order. {@code -Dconverge.seed=N} repeats its
 * schedule and its orders.
 */
class FaultLabIT {
  private static final Duration LOAD = Duration.ofSeconds(75);

  /** Short ones: the slowest faults belong to longer campaigns. */
  private static final List<String> FAULTS =
      List.of(
          "kill:payment-service",
          "kill:connect",
          "link-cut:inventory-db",
          "link-half-open:kafka",
          "connections-terminated:order-db",
          "provider-lose-answer",
          "messages-again:inventory.commands",
          "poison:order.replies");

  @Tag("campaign")
  @Test
  void faultsOfSixFamiliesViolateNoInvariant() throws Exception {
    long seed = Seed.one();
    System.out.println("FaultLabIT: seed " + seed + " (again: -Dconverge.seed=" + seed + ")");
    Path root = Path.of(System.getProperty("converge.root", "..")).toAbsolutePath().normalize();
    Path states = Files.createDirectories(root.resolve("target/test-platforms"));
    Layout layout = new Layout(root, Files.createTempDirectory(states, "faults-"));
    CampaignReport report =
        new Campaign(
                new Campaign.Settings(seed, LOAD, FAULTS.size(), FAULTS, 15, ConcurrentBurst.SMALL),
                layout,
                System.out::println)
            .run();
    Faults.verdict(report).write(layout.state());
    String verdict = CampaignText.of(report);
    System.out.println(verdict);
    assertThat(report.verdict().results())
        .as(verdict)
        .allSatisfy(f -> assertThat(f.passes()).isTrue());
    assertThat(report.injected()).as(verdict).isEqualTo(FAULTS.size());
    assertThat(report.counted()).as("faults that met orders in flight").isPositive();
    assertThat(report.orders().client().ended()).as("client").isTrue();
    assertThat(report.orders().outcomes()).as("orders that ended").containsKey("COMPLETED");
  }
}
