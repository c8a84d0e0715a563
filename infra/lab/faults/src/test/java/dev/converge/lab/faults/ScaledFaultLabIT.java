package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.history.ConcurrentBurst;
import dev.converge.platform.Layout;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import dev.converge.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: no invariant is violated if nodes of a platform with several are lost, primaries with their
 * disks included. Method: a short campaign on three brokers, two workers, three instances of the
 * order service and a standby of order-db. {@code -Dconverge.seed=N} repeats its schedule.
 */
@Tag("campaign")
class ScaledFaultLabIT {
  private static final Duration LOAD = Duration.ofSeconds(100);

  private static final Scale SCALE =
      Scale.SMALLEST
          .with(Role.ORDER_SERVICE, 3)
          .with(Role.KAFKA, 3)
          .with(Role.CONNECT, 2)
          .with(Role.ORDER_DB, 2);

  private static final List<String> FAULTS =
      List.of(
          "disk-lost:order-db",
          "failover:order-db",
          "kill:order-db",
          "kill:kafka-2",
          "kill:connect",
          "kill:order-service-2",
          "kill:supervisor",
          "pause:order-service-3");

  @Test
  void lossOfAnyNodeViolatesNoInvariant() throws Exception {
    long seed = Seed.one();
    System.out.println("ScaledFaultLabIT: seed " + seed + " (again: -Dconverge.seed=" + seed + ")");
    Path root = Path.of(System.getProperty("converge.root", "..")).toAbsolutePath().normalize();
    Path states = Files.createDirectories(root.resolve("target/test-platforms"));
    Layout layout = new Layout(root, Files.createTempDirectory(states, "scaled-"));
    Campaign.Settings settings =
        new Campaign.Settings(seed, LOAD, FAULTS.size(), FAULTS, 8, ConcurrentBurst.SMALL)
            .withScale(SCALE);
    CampaignReport report = new Campaign(settings, layout, System.out::println).run();
    Faults.verdict(report).write(layout.state());
    String verdict = CampaignText.of(report);
    System.out.println(verdict);
    assertThat(report.verdict().results())
        .as(verdict)
        .allSatisfy(f -> assertThat(f.passes()).isTrue());
    assertThat(report.injected()).as(verdict).isEqualTo(FAULTS.size());
    assertThat(report.orders().client().ended()).as("client").isTrue();
    assertThat(report.orders().outcomes()).as("orders that ended").containsKey("COMPLETED");
  }
}
