package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.failover.ContinuousOrders;
import dev.converge.lab.failover.OrderDatabase;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import dev.converge.testkit.Seed;
import dev.converge.testkit.TestPlatform;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: an acknowledged order survives the loss of order-db with its disk, no order is doubled, and
 * nothing is in Kafka that the promoted database does not know. Method: the primary is killed with
 * SIGKILL at a random moment under load, and its data are deleted; the former primary comes back as
 * a standby. {@code -Dconverge.losses=20} repeats that, each time with another seed.
 */
@OwnPlatform
@Tag("campaign")
class DatabaseLossIT {
  private static final Duration PROTECTED_WITHIN = Duration.ofMinutes(2);
  private static final Duration ORDER_WITHIN = Duration.ofSeconds(60);
  private static final Duration QUIET_WITHIN = Duration.ofSeconds(150);

  @Test
  void lossOfTheDatabaseWithItsDiskLosesNoAcknowledgedOrder() throws Exception {
    int losses = Integer.getInteger("converge.losses", 1);
    long first = Seed.one();
    List<Long> until = new ArrayList<>();
    Scale scale = Scale.SMALLEST.with(Role.ORDER_DB, 2);
    try (TestPlatform test = TestPlatform.create(Map.of(), scale).up();
        ContinuousOrders orders =
            new ContinuousOrders(test.platform().ports().url(Part.ORDER_SERVICE), first)) {
      for (int i = 0; i < losses; i++) {
        long seed = first + i;
        Duration gap = loseThePrimary(test.platform(), orders, new Random(seed));
        until.add(gap.toMillis());
        System.out.printf(
            "DatabaseLossIT: seed %d: lost with its disk; first order after %d ms; %s is the"
                + " primary; %d orders until now%n",
            seed,
            gap.toMillis(),
            test.platform().primary(Role.ORDER_DB).id(),
            orders.accepted().size());
      }
      Protection.await(test.platform(), PROTECTED_WITHIN);
      orders.end();
      Convergence convergence = new Convergence(test);
      convergence.await(QUIET_WITHIN);
      convergence.assertHolds();
      convergence.assertEachIsThereOnce(orders.accepted());
      convergence.assertDatabasesKnowAllMessages();
      System.out.printf(
          "DatabaseLossIT: %d losses, %d orders, %d requests repeated; first order after %d to %d"
              + " ms; %d messages published again by the reconciler; %s%n",
          losses,
          orders.accepted().size(),
          orders.repeated(),
          Collections.min(until),
          Collections.max(until),
          convergence.strings("order", "SELECT message_id::text FROM outbox_republication").size(),
          convergence.longs("order", "SELECT status, count(*) FROM orders GROUP BY status"));
      assertThat(orders.repeated()).as("requests that met a loss").isPositive();
    }
  }

  private static Duration loseThePrimary(Platform platform, ContinuousOrders orders, Random random)
      throws IOException {
    Protection.await(platform, PROTECTED_WITHIN);
    long moment = System.nanoTime() + Duration.ofMillis(random.nextInt(2_000)).toNanos();
    Awaitility.await("moment of the loss").until(() -> System.nanoTime() > moment);
    long begin = System.nanoTime();
    Part lost = new OrderDatabase(platform).losePrimaryWithItsDisk();
    long done = System.nanoTime();
    Duration gap = orders.awaitOrderAfter(begin, done, ORDER_WITHIN);
    assertThat(platform.primary(Role.ORDER_DB)).isNotEqualTo(lost);
    platform.start(lost);
    return gap;
  }
}
