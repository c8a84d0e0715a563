package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.failover.ContinuousOrders;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: a planned failover, a standby that is lost, and a supervisor that is down at the wrong
 * moment lose and double nothing, and stop orders for a bounded time. Method: the whole platform
 * with a standby of each database, under load.
 */
@OwnPlatform
@Tag("campaign")
class DatabaseFailoverIT {
  private static final Duration WITHIN = Duration.ofMinutes(2);
  private static final Duration QUIET_WITHIN = Duration.ofSeconds(150);

  private static TestPlatform test;
  private static Platform platform;
  private static ContinuousOrders orders;

  @BeforeAll
  static void up() {
    test = TestPlatform.create(Map.of(), Scale.SMALLEST.withStandbys(1)).up();
    platform = test.platform();
    orders = new ContinuousOrders(platform.ports().url(Part.ORDER_SERVICE), 1);
  }

  @AfterAll
  static void ordersAreNeitherLostNorDoubled() {
    try {
      orders.end();
      Convergence convergence = new Convergence(test);
      convergence.await(QUIET_WITHIN);
      convergence.assertHolds();
      convergence.assertEachIsThereOnce(orders.accepted());
      convergence.assertDatabasesKnowAllMessages();
      System.out.printf(
          "DatabaseFailoverIT: %d orders, %d requests repeated%n",
          orders.accepted().size(), orders.repeated());
    } finally {
      orders.close();
      test.close();
    }
  }

  @BeforeEach
  @AfterEach
  void everyDatabaseIsProtected() {
    Protection.await(platform, WITHIN);
  }

  @Test
  void plannedFailoverMovesThePrimaryOfEachDatabaseAndBack() {
    for (Role database : Topology.databaseParts().stream().map(Part::role).toList()) {
      for (int i = 0; i < 2; i++) {
        Protection.await(platform, WITHIN);
        Part former = platform.primary(database);
        report("planned failover of " + database.id(), () -> platform.failover(database));
        assertThat(platform.primary(database)).isNotEqualTo(former);
      }
    }
  }

  @Test
  void lostStandbyStopsOrdersForABoundedTimeAndIsReported() {
    Part standby = standby();
    report("loss of a standby", () -> platform.kill(standby));
    Protection.awaitNone(platform, WITHIN);
    platform.start(standby);
    Protection.await(platform, WITHIN);
    report("standby that hangs", () -> platform.pause(standby()));
    Protection.awaitNone(platform, WITHIN);
    platform.resume(standby());
  }

  @Test
  void primaryThatHangsIsEndedBeforeItsStandbyIsPromoted() {
    Part hanging = platform.primary(Role.ORDER_DB);
    report("primary that hangs", () -> platform.pause(hanging));
    assertThat(platform.primary(Role.ORDER_DB)).isNotEqualTo(hanging);
    assertThat(platform.isRunning(hanging)).isFalse();
    platform.start(hanging);
  }

  @Test
  void supervisorThatWasDownPromotesWhenItIsBack() {
    Part lost = platform.primary(Role.ORDER_DB);
    platform.kill(Part.SUPERVISOR);
    platform.kill(lost);
    report("supervisor back after a loss", () -> platform.start(Part.SUPERVISOR));
    assertThat(platform.primary(Role.ORDER_DB)).isNotEqualTo(lost);
    platform.start(lost);
  }

  private static Part standby() {
    return platform.primary(Role.ORDER_DB).equals(Part.ORDER_DB)
        ? Part.of(Role.ORDER_DB, 2)
        : Part.ORDER_DB;
  }

  private static void report(String what, Runnable fault) {
    long begin = System.nanoTime();
    fault.run();
    System.out.printf(
        "DatabaseFailoverIT: %s: next order after %d ms%n",
        what, orders.awaitOrderAfter(begin, System.nanoTime(), WITHIN).toMillis());
  }
}
