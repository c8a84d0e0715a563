package dev.converge.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.load.LoadPlan;
import dev.converge.platform.Layout;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: the cost of an order does not grow unnoticed. Method: a short flood, and its cost per order
 * in figures that depend little on the machine. Seconds are not among them: timeouts are for a
 * platform that hangs, not for a slow one.
 */
class BenchGuardIT {
  /** Three commands to participants, three replies, one event: the minimum of an order. */
  private static final double MESSAGES_OF_AN_ORDER = 7;

  private static final int MOST_FLOODS = 60;

  @Tag("campaign")
  @Test
  void orderCostsNoMoreThanBefore() throws IOException, SQLException {
    Path root = Path.of(System.getProperty("converge.root", "..")).toAbsolutePath().normalize();
    Path states = Files.createDirectories(root.resolve("target/test-platforms"));
    Layout layout = new Layout(root, Files.createTempDirectory(states, "bench-"));
    try (BenchPlatform platform = new BenchPlatform(layout, Ports.free(), 0.01, null)) {
      Cost cost = cost(platform);
      System.out.println("An order under a flood: " + cost);

      assertThat(cost.orders()).as("orders").isGreaterThanOrEqualTo(300);
      assertThat(cost.outboxRows()).as("outbox rows an order").isEqualTo(MESSAGES_OF_AN_ORDER);
      assertThat(cost.commits()).as("commits an order").isLessThan(0.5);
      assertThat(cost.walBytes()).as("bytes of log an order").isLessThan(10_000);
      assertThat(cost.messagesPerTransaction()).as("messages a transaction").isGreaterThan(30);
    }
  }

  private record Cost(
      long orders,
      double outboxRows,
      double commits,
      double walBytes,
      double messagesPerTransaction) {}

  private static Cost cost(BenchPlatform platform) throws SQLException {
    assertThat(platform.startFresh().readySeconds()).isPositive();
    LoadSteps load = platform.startLoad();
    load.run(LoadPlan.open("warm-up", 100, 10_000));
    Snapshot before = load.whenQuiescent();
    long acceptedBefore = load.accepted();
    long rowsBefore = outboxRows(platform.platform());
    // On a slow machine a flood has few orders: the cost of one is the mean of many.
    for (int flood = 0; flood < MOST_FLOODS && load.accepted() - acceptedBefore < 300; flood++) {
      StepReport step = load.run(LoadPlan.closed("flood", 64, 10_000));
      assertThat(step.orders().failed()).as("orders not answered").isZero();
    }
    Snapshot after = load.whenQuiescent();
    return cost(
        before,
        after,
        load.accepted() - acceptedBefore,
        outboxRows(platform.platform()) - rowsBefore);
  }

  /** The rows of all outboxes, counted one by one: the statistics lag behind. */
  private static long outboxRows(Platform platform) throws SQLException {
    long rows = 0;
    for (String domain : Topology.domains()) {
      try (Connection connection = platform.connect(domain);
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT count(*) FROM outbox")) {
        row.next();
        rows += row.getLong(1);
      }
    }
    return rows;
  }

  private static Cost cost(Snapshot before, Snapshot after, long orders, long rows) {
    double commits = 0;
    double walBytes = 0;
    double messages = 0;
    double transactions = 0;
    for (String domain : Topology.domains()) {
      commits += after.database(domain).commits() - before.database(domain).commits();
      walBytes += after.database(domain).walBytes() - before.database(domain).walBytes();
      messages += after.consumer(domain).messages() - before.consumer(domain).messages();
      transactions +=
          after.consumer(domain).transactions() - before.consumer(domain).transactions();
    }
    return new Cost(
        orders,
        (double) rows / orders,
        commits / orders,
        walBytes / orders,
        messages / transactions);
  }
}
