package dev.converge.order.postgres;

import static dev.converge.testkit.ConnectedDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.order.OrderDatabase;
import dev.converge.order.application.OrderReads;
import dev.converge.order.application.OrderReads.Served;
import dev.converge.order.application.ReadNode.Seen;
import dev.converge.order.domain.Order;
import dev.converge.order.reads.ConsistencyToken;
import dev.converge.order.reads.NodePosition;
import dev.converge.order.reads.ReadLevel;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import dev.converge.service.postgres.DatabaseConfig;
import dev.converge.service.runtime.Env;
import dev.converge.testkit.EventLoop;
import dev.converge.testkit.TestPlatform;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: each level shows what it promises when a replica is behind. Method: a real PostgreSQL with
 * a standby, whose replay is paused.
 */
class ReadNodesIT {
  private static final Part STANDBY = Part.of(Role.ORDER_DB, 2);
  private static final Duration WITHIN = Duration.ofSeconds(30);
  private static final ReadLevel EVENTUAL = new ReadLevel.Eventual();

  private static final TestPlatform TEST = start();
  private static final EventLoop LOOP = new EventLoop();
  private static final DatabaseConfig DATABASE = database();
  private static final PostgresReadPrimary PRIMARY =
      new PostgresReadPrimary(
          DATABASE.readPool(LOOP.vertx()),
          DATABASE.singlePool(LOOP.vertx(), "barrier", Map.of()),
          DATABASE.singlePool(LOOP.vertx(), "beat", Map.of("synchronous_commit", "local")),
          "order-service");
  private static final PostgresReadNode REPLICA =
      new PostgresReadNode(
          DATABASE
              .at("127.0.0.1", platform().ports().of(STANDBY))
              .readPool(LOOP.vertx(), "replica-1"));

  private final PostgresOrderRepository orders = new PostgresOrderRepository();
  private final OrderReads reads =
      new OrderReads(
          LOOP.vertx(),
          DATABASE.readPool(LOOP.vertx()),
          orders,
          new PostgresOrderStoryRepository(),
          PRIMARY,
          List.of(REPLICA),
          new SimpleMeterRegistry());

  private static TestPlatform start() {
    TestPlatform test = TestPlatform.create(Map.of(), Scale.SMALLEST.with(Role.ORDER_DB, 2));
    test.platform().startWithTables(Part.ORDER_DB);
    test.platform().start(STANDBY);
    return test;
  }

  private static Platform platform() {
    return TEST.platform();
  }

  private static DatabaseConfig database() {
    return DatabaseConfig.from(
        new Env(
            Map.of(
                "PGPORT", String.valueOf(platform().ports().of(Part.ORDER_DB)),
                "PGPASSWORD", platform().servicePassword())),
        "orders",
        "order_service");
  }

  @AfterEach
  void resume() {
    value(STANDBY, "SELECT pg_wal_replay_resume()");
  }

  @AfterAll
  static void stop() {
    LOOP.close();
    TEST.close();
  }

  @CanIgnoreReturnValue
  private static String value(Part node, String query) {
    try (Connection connection = platform().connectTo(node);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "";
    } catch (SQLException e) {
      throw new AssertionError(query, e);
    }
  }

  private static void pauseReplay() {
    assertThat(value(STANDBY, "SELECT pg_wal_replay_pause()")).isEmpty();
    Awaitility.await("replay is paused")
        .atMost(WITHIN)
        .until(() -> value(STANDBY, "SELECT pg_get_wal_replay_pause_state()").equals("paused"));
  }

  private static void awaitReplay() {
    NodePosition now = await(PRIMARY.position());
    Awaitility.await("replay")
        .atMost(WITHIN)
        .until(() -> await(REPLICA.position()).position() >= now.position());
  }

  @CanIgnoreReturnValue
  private ConsistencyToken place(Order order) {
    await(DATABASE.pool(LOOP.vertx()).withTransaction(tx -> orders.insert(tx, List.of(order))));
    return LOOP.run(() -> reads.afterWrite(Optional.empty())).orElseThrow();
  }

  private Served<List<Order>> newest(ReadLevel level) {
    return LOOP.run(() -> reads.list(level, null, null, 1));
  }

  private static ReadLevel session(ConsistencyToken token) {
    return new ReadLevel.Session(Optional.of(token));
  }

  @Test
  void replicaThatIsBehindAnswersEventualReadsOnly() {
    await(PRIMARY.beat());
    awaitReplay();
    pauseReplay();
    Order order = OrderDatabase.newOrder();
    ConsistencyToken token = place(order);

    assertThat(newest(EVENTUAL).by()).isEqualTo("replica-1");
    assertThat(newest(EVENTUAL).value()).extracting(Order::orderId).doesNotContain(order.orderId());
    Served<List<Order>> session = newest(session(token));
    assertThat(session.by()).isEqualTo("primary");
    assertThat(session.value()).extracting(Order::orderId).containsExactly(order.orderId());
    assertThat(newest(new ReadLevel.Strong()).value())
        .extracting(Order::orderId)
        .containsExactly(order.orderId());
    Awaitility.await("replica older than the bound")
        .atMost(WITHIN)
        .until(() -> newest(EVENTUAL).staleMillis() > 50);
    assertThat(newest(new ReadLevel.Bounded(50)).by()).isEqualTo("primary");
  }

  @Test
  void replicaThatHasCaughtUpAnswersTheSession() {
    Order order = OrderDatabase.newOrder();
    ConsistencyToken token = place(order);
    awaitReplay();

    Served<List<Order>> served = newest(session(token));
    assertThat(served.by()).isEqualTo("replica-1");
    assertThat(served.value()).extracting(Order::orderId).containsExactly(order.orderId());
    assertThat(served.token().orElseThrow().position()).isGreaterThanOrEqualTo(token.position());
  }

  @Test
  void readIsBetweenItsPositions() {
    place(OrderDatabase.newOrder());
    Seen<List<Order>> seen = await(PRIMARY.read(client -> orders.list(client, null, null, 1)));
    assertThat(seen.before().isReplica()).isFalse();
    assertThat(seen.after().position()).isGreaterThanOrEqualTo(seen.before().position());
    assertThat(seen.before().xmax()).isGreaterThanOrEqualTo(seen.before().xmin());
    assertThat(await(REPLICA.position()).isReplica()).isTrue();
  }

  @Test
  void beatShowsTheDatabaseAndItsTimelineAndIsRareEnough() {
    await(PRIMARY.beat());
    NodePosition now = await(PRIMARY.position());
    assertThat(String.valueOf(now.system()))
        .isEqualTo(value(Part.ORDER_DB, "SELECT system_identifier FROM pg_control_system()"));
    assertThat(now.timeline()).isEqualTo(1);
    value(Part.ORDER_DB, "UPDATE read_heartbeat SET beat_at = clock_timestamp() RETURNING 1");
    String before = value(Part.ORDER_DB, "SELECT xmin FROM read_heartbeat");
    // A beat of a clock that was set back is replaced, one of this moment is not.
    value(
        Part.ORDER_DB,
        "UPDATE read_heartbeat SET beat_at = clock_timestamp() + interval '1 hour' RETURNING 1");
    await(PRIMARY.beat());
    assertThat(value(Part.ORDER_DB, "SELECT beat_at <= clock_timestamp() FROM read_heartbeat"))
        .isEqualTo("t");
    assertThat(value(Part.ORDER_DB, "SELECT xmin FROM read_heartbeat")).isNotEqualTo(before);
  }

  @Test
  void barrierIsARowOfTheInstance() {
    await(PRIMARY.barrier());
    await(PRIMARY.barrier());
    assertThat(
            value(
                Part.ORDER_DB,
                "SELECT count(*) FROM read_barrier WHERE instance = 'order-service'"))
        .isEqualTo("1");
  }
}
