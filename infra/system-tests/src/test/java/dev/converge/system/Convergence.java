package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.checker.DatabaseInvariants;
import dev.converge.lab.checker.EvidenceReader;
import dev.converge.lab.checker.KnownMessages;
import dev.converge.lab.checker.Quiescence;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;

/**
 * Asserts that the databases of a platform agree, as the checker of the fault lab defines it:
 * {@link Quiescence} and {@link DatabaseInvariants}.
 */
final class Convergence {
  private static final String DEADLOCK = "40P01";
  private static final int MAX_ATTEMPTS = 5;

  private final TestPlatform platform;
  private final EvidenceReader reader;

  Convergence(TestPlatform platform) {
    this.platform = platform;
    this.reader = new EvidenceReader(platform.platform());
  }

  /** Waits until every order has ended and every message sent has been handled. */
  void await(Duration within) {
    Quiescence quiescence = new Quiescence(reader);
    Awaitility.await("quiescence")
        .atMost(within)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() -> assertThat(quiescence.inProgress()).as("in progress").isEmpty());
  }

  /** Asserts everything. */
  void assertHolds() {
    assertThat(DatabaseInvariants.violations(reader.books())).isEmpty();
    for (String domain : Topology.domains()) {
      assertThat(strings(domain, "SELECT reason FROM dead_letter"))
          .as("dead letters of " + domain)
          .isEmpty();
    }
  }

  /** Asserts that orders, sagas, timelines and published ends agree. */
  void assertSagasMatchOrders() {
    assertThat(DatabaseInvariants.violationsOfOrders(reader.orderBooks())).isEmpty();
  }

  /** Asserts that no message was missing from its topic. */
  void assertNothingWasPublishedAgain() {
    for (String domain : Topology.domains()) {
      assertThat(strings(domain, "SELECT message_id::text FROM outbox_republication"))
          .as("published again by " + domain)
          .isEmpty();
    }
  }

  /** Asserts that nothing is in Kafka that the database of its sender does not know. */
  void assertDatabasesKnowAllMessages() {
    assertThat(KnownMessages.violations(reader.books(), reader.topics())).isEmpty();
  }

  /**
   * Asserts that every accepted order exists, and no other does.
   *
   * @param accepted order ids by the keys of their requests
   */
  void assertEachIsThereOnce(Map<String, String> accepted) {
    assertThat(longs("order", "SELECT key, count(*) FROM idempotency_key GROUP BY key"))
        .containsOnlyKeys(accepted.keySet());
    assertThat(strings("order", "SELECT order_id::text FROM orders"))
        .containsExactlyInAnyOrderElementsOf(accepted.values());
  }

  List<String> strings(String domain, String sql) {
    List<String> values = new ArrayList<>();
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    } catch (SQLException e) {
      throw new IllegalStateException(domain + ": " + sql, e);
    }
  }

  /**
   * Runs a statement. A change of a table needs stronger locks than a service's transaction, and
   * may be the victim of a deadlock with one: then it has changed nothing, and is repeated.
   */
  void update(String domain, String sql) {
    for (int attempt = 1; !isUpdated(domain, sql, attempt); attempt++) {
      System.out.println("repeated after a deadlock: " + sql);
    }
  }

  private boolean isUpdated(String domain, String sql, int attempt) {
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
      return true;
    } catch (SQLException e) {
      if (attempt < MAX_ATTEMPTS && DEADLOCK.equals(e.getSQLState())) {
        return false;
      }
      throw new IllegalStateException(domain + ": " + sql, e);
    }
  }

  Map<String, Long> longs(String domain, String sql) {
    Map<String, Long> values = new TreeMap<>();
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.put(rows.getString(1), rows.getLong(2));
      }
      return values;
    } catch (SQLException e) {
      throw new IllegalStateException(domain + ": " + sql, e);
    }
  }
}
