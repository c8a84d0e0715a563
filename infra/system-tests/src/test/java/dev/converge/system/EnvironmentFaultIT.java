package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: an environment fault causes neither a 500 nor a dead letter, and decides no payment.
 * Method: the databases of a running platform are broken as an operator or a migration breaks them,
 * with orders in flight, and repaired.
 */
// First with its settings: later classes leave messages that no service has sent.
@Order(1)
class EnvironmentFaultIT {
  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = OrderApi.withoutRepeats(platform);
  private final Convergence convergence = new Convergence(platform);

  @AfterEach
  void invariantsHoldAfterTheRepair() {
    convergence.await(Duration.ofSeconds(60));
    convergence.assertHolds();
  }

  /** Runs statements one by one, as the superuser, in database postgres. */
  private void onServer(Part database, String... statements) {
    String url =
        "jdbc:postgresql://127.0.0.1:" + platform.platform().ports().of(database) + "/postgres";
    try (Connection connection =
            DriverManager.getConnection(url, "postgres", "converge-development");
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new AssertionError(List.of(statements).toString(), e);
    }
  }

  private static final String TERMINATE =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'order_service'";

  static Stream<Arguments> faultsOfOrderDb() {
    return Stream.of(
        Arguments.of(
            "no login",
            List.of("ALTER ROLE order_service NOLOGIN", TERMINATE),
            List.of("ALTER ROLE order_service LOGIN")),
        Arguments.of(
            "password",
            List.of("ALTER ROLE order_service PASSWORD 'another'", TERMINATE),
            List.of("ALTER ROLE order_service PASSWORD 'converge-development'")),
        Arguments.of(
            "database renamed",
            List.of(
                "ALTER DATABASE orders ALLOW_CONNECTIONS false",
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'orders'",
                "ALTER DATABASE orders RENAME TO elsewhere"),
            List.of(
                "ALTER DATABASE elsewhere RENAME TO orders",
                "ALTER DATABASE orders ALLOW_CONNECTIONS true")));
  }

  @Tag("campaign")
  @ParameterizedTest(name = "{0}")
  @MethodSource("faultsOfOrderDb")
  void refusedLoginIsAnsweredWith503(String name, List<String> fault, List<String> repair) {
    List<String> placed = place(5);
    onServer(Part.ORDER_DB, fault.toArray(String[]::new));
    try {
      assertUnavailable(placed.get(0));
    } finally {
      onServer(Part.ORDER_DB, repair.toArray(String[]::new));
    }
    completed(placed);
    completed(place(1));
  }

  @Test
  void renamedTableAndARevokedRightAreAnsweredWith503() {
    List<String> placed = place(5);
    convergence.update("order", "ALTER TABLE saga RENAME TO away");
    try {
      assertThat(order().status()).isEqualTo(503);
      assertThat(
              api.send("POST", Part.ORDER_SERVICE, "/orders/" + placed.get(0) + "/cancel", null)
                  .status())
          .isEqualTo(503);
    } finally {
      convergence.update("order", "ALTER TABLE away RENAME TO saga");
    }
    convergence.update("order", "REVOKE INSERT ON outbox FROM order_service");
    try {
      assertThat(order().status()).isEqualTo(503);
    } finally {
      convergence.update("order", "GRANT INSERT ON outbox TO order_service");
    }
    completed(placed);
    completed(place(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'refused'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION refuse()
        """,
        "ALTER TABLE outbox ADD CONSTRAINT refuse CHECK (sequence < 0) NOT VALID"
      })
  void outboxThatRefusesEveryRowIsAnsweredWith503(String fault) {
    List<String> placed = place(5);
    convergence.update("order", fault);
    try {
      assertThat(order().status()).isEqualTo(503);
    } finally {
      convergence.update("order", "DROP TRIGGER IF EXISTS refuse ON outbox");
      convergence.update("order", "DROP FUNCTION IF EXISTS refuse");
      convergence.update("order", "ALTER TABLE outbox DROP CONSTRAINT IF EXISTS refuse");
    }
    completed(placed);
    completed(place(1));
  }

  private void assertUnavailable(String orderId) {
    for (int n = 0; n < 10; n++) {
      List<Answer> answers =
          List.of(
              order(),
              api.send("GET", Part.ORDER_SERVICE, "/orders/" + orderId, null),
              api.send("GET", Part.ORDER_SERVICE, "/orders", null),
              api.send("POST", Part.ORDER_SERVICE, "/orders/" + orderId + "/cancel", null));
      for (Answer answer : answers) {
        assertThat(answer.status()).as(answer.raw().body()).isEqualTo(503);
        assertThat(answer.raw().headers().firstValue("Retry-After")).isPresent();
      }
    }
  }

  @Test
  void columnTypesChangedUnderLoadFailNoRequestAndNoMessage() {
    List<String> placed = new ArrayList<>();
    List<String> types = List.of("varchar(300)", "text");
    for (String type : types) {
      placed.addAll(placeWithoutRefusal(10));
      convergence.update("order", "ALTER TABLE idempotency_key ALTER key TYPE " + type);
      convergence.update("order", "ALTER TABLE saga_log ALTER sent TYPE " + type);
      convergence.update("inventory", "ALTER TABLE reservation ALTER status TYPE " + type);
      convergence.update("payment", "ALTER TABLE payment ALTER decline_reason TYPE " + type);
      for (int n = 0; n < 5; n++) {
        Answer read = api.send("GET", Part.ORDER_SERVICE, "/orders/" + placed.get(n), null);
        assertThat(read.status()).as(read.raw().body()).isEqualTo(200);
      }
    }
    completed(placed);
  }

  @Test
  void triggerThatRefusesEveryReservationParksNoCommand() {
    List<String> placed;
    convergence.update("inventory", refusing("reservation"));
    try {
      placed = place(5);
      awaitFinding(Part.INVENTORY_SERVICE, "SQLSTATE P0001");
    } finally {
      convergence.update("inventory", "DROP TRIGGER refuse ON reservation");
    }
    completed(placed);
  }

  @Tag("campaign")
  @Test
  void revokedRightParksNoReply() {
    List<String> placed = place(5);
    convergence.update("order", "REVOKE INSERT ON saga_log FROM order_service");
    try {
      awaitFinding(Part.ORDER_SERVICE, "SQLSTATE 42501");
    } finally {
      convergence.update("order", "GRANT INSERT ON saga_log TO order_service");
    }
    completed(placed);
  }

  @Tag("campaign")
  @Test
  void ledgerThatRefusesWritesDeclinesAndRefundsNothing() {
    List<String> placed = new ArrayList<>();
    convergence.update("payment", refusing("provider.charge"));
    try {
      placed.addAll(place(3));
      // Five attempts take 3 s; then a charge would be given up.
      Awaitility.await("calls that fail")
          .during(Duration.ofSeconds(12))
          .atMost(Duration.ofSeconds(30))
          .until(() -> payments(placed, "status = 'VOIDING'").isEmpty());
    } finally {
      convergence.update("payment", "DROP TRIGGER refuse ON provider.charge");
    }
    completed(placed);
    assertThat(payments(placed, "status = 'DECLINED' AND decline_reason = 'PROVIDER_UNAVAILABLE'"))
        .isEmpty();
  }

  @Tag("campaign")
  @Test
  void slowLedgerCountsNoAttemptAndChargesOnce() throws SQLException {
    List<String> placed = new ArrayList<>();
    try (Connection connection = platform.platform().connect("payment");
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE provider.charge IN ACCESS EXCLUSIVE MODE");
      placed.addAll(place(3));
      charging(placed);
      // These wait behind the statement of the first.
      placed.addAll(place(3));
      charging(placed);
      // The calls' timeout, and the lease after which they are repeated.
      Awaitility.await("calls that wait")
          .during(Duration.ofSeconds(15))
          .atMost(Duration.ofSeconds(30))
          .until(() -> payments(placed, "attempts > 0").isEmpty());
      connection.commit();
    }
    completed(placed);
    assertThat(
            convergence.strings(
                "payment", "SELECT status FROM provider.charge WHERE key IN " + ids(placed)))
        .hasSize(6)
        .containsOnly("CHARGED");
  }

  private void charging(List<String> orderIds) {
    Awaitility.await("payments that await the provider")
        .atMost(Duration.ofSeconds(30))
        .until(() -> payments(orderIds, "status = 'CHARGING'").size() == orderIds.size());
  }

  /** The payments of some orders that satisfy a condition. */
  private List<String> payments(List<String> orderIds, String condition) {
    return convergence.strings(
        "payment",
        "SELECT order_id::text FROM payment WHERE order_id IN "
            + ids(orderIds)
            + " AND "
            + condition);
  }

  private static String ids(List<String> orderIds) {
    return "('" + String.join("', '", orderIds) + "')";
  }

  /** The statements that make a table refuse each row, and those that undo it. */
  private record Refusal(String state, String fault, String repair) {
    static List<Refusal> of(String table) {
      return List.of(
          new Refusal(
              "P0001",
              refusing(table),
              "DROP TRIGGER refuse ON " + table + "; DROP FUNCTION refuse"),
          new Refusal(
              "23514",
              "ALTER TABLE " + table + " ADD CONSTRAINT refuse CHECK (false) NOT VALID",
              "ALTER TABLE " + table + " DROP CONSTRAINT refuse"),
          new Refusal(
              "23502",
              """
              ALTER TABLE %1$s ADD COLUMN extra int NOT NULL DEFAULT 1;
              ALTER TABLE %1$s ALTER COLUMN extra DROP DEFAULT
              """
                  .formatted(table),
              "ALTER TABLE " + table + " DROP COLUMN extra"));
    }
  }

  @Test
  void columnOfAnotherTypeThanTheServiceReadsIsAnsweredWith503() {
    String orderId = place(1).get(0);
    completed(List.of(orderId));
    Supplier<Answer> order = () -> api.send("GET", Part.ORDER_SERVICE, "/orders/" + orderId, null);
    Refusal log = retyped("saga_log", "at", "timestamp", "timestamptz");
    convergence.update("order", log.fault());
    try {
      assertThat(order.get().status()).isEqualTo(200);
    } finally {
      convergence.update("order", log.repair());
    }
    operate(Part.ORDER_SERVICE, "/sagas/" + orderId + "/retry");
    unavailableWhile(
        "order",
        List.of(retyped("operator_action", "at", "timestamp", "timestamptz")),
        () -> api.send("GET", Part.ORDER_SERVICE, "/operator-actions", null));
  }

  private static Refusal retyped(String table, String column, String to, String back) {
    String sql = "ALTER TABLE %1$s ALTER %2$s TYPE %3$s USING %2$s::%3$s";
    return new Refusal(
        "cast", sql.formatted(table, column, to), sql.formatted(table, column, back));
  }

  @Test
  void triggerThatSwallowsARowOfARequestIsAnsweredWith503() {
    for (String table : List.of("placed_order", "saga_log", "outbox")) {
      unavailableWhile(
          "order",
          List.of(
              new Refusal(
                  "expected",
                  """
                  CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                  CREATE TRIGGER swallow BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION swallow()
                  """
                      .formatted(table),
                  "DROP TRIGGER swallow ON " + table + "; DROP FUNCTION swallow")),
          this::order);
    }
    completed(place(1));
  }

  @Tag("campaign")
  @Test
  void rowsHiddenByAPolicyFailNoOrder() {
    for (String table : List.of("saga", "placed_order", "stock")) {
      String domain = table.equals("stock") ? "inventory" : "order";
      List<String> placed = place(3);
      convergence.update(domain, "ALTER TABLE " + table + " ENABLE ROW LEVEL SECURITY");
      try {
        if (domain.equals("order")) {
          assertThat(order().status()).isEqualTo(503);
        } else {
          placed = Stream.concat(placed.stream(), place(3).stream()).toList();
          awaitFinding(Part.INVENTORY_SERVICE, "42501");
        }
      } finally {
        convergence.update(domain, "ALTER TABLE " + table + " DISABLE ROW LEVEL SECURITY");
      }
      completed(placed);
    }
  }

  @Tag("campaign")
  @Test
  void outboxWithATemporarilyRenamedColumnIsDrained() {
    convergence.update("order", "ALTER TABLE outbox RENAME COLUMN specversion TO away");
    List<String> placed;
    try {
      placed = place(3);
    } finally {
      convergence.update("order", "ALTER TABLE outbox RENAME COLUMN away TO specversion");
    }
    for (String orderId : Stream.concat(placed.stream(), place(3).stream()).toList()) {
      assertThat(api.awaitEnd(orderId, Duration.ofMinutes(2)).path("status").asText())
          .isEqualTo("COMPLETED");
    }
  }

  private void unavailableWhile(String domain, String table, Supplier<Answer> write) {
    unavailableWhile(domain, Refusal.of(table), write);
  }

  private void unavailableWhile(String domain, List<Refusal> refusals, Supplier<Answer> write) {
    for (Refusal refusal : refusals) {
      convergence.update(domain, refusal.fault());
      try {
        Answer answer = write.get();
        assertThat(answer.status())
            .as("%s: %s", refusal.fault(), answer.raw().body())
            .isEqualTo(503);
        assertThat(answer.raw().headers().firstValue("Retry-After")).isPresent();
        assertThat(answer.raw().body()).doesNotContain(refusal.state(), "refuse");
      } finally {
        convergence.update(domain, refusal.repair());
      }
    }
  }

  @Test
  void tableThatRefusesTheWriteOfARequestIsAnsweredWith503() {
    List<String> placed = place(1);
    completed(placed);
    for (String table : List.of("placed_order", "saga", "saga_log", "idempotency_key")) {
      unavailableWhile("order", table, this::order);
    }
    unavailableWhile("inventory", "stock", () -> stock("sku-" + UUID.randomUUID(), 5));
    completed(place(1));
  }

  @Test
  void operatorLogThatRefusesEveryLineIsAnsweredWith503() {
    String orderId = place(1).get(0);
    completed(List.of(orderId));
    for (String action : List.of("retry", "skip", "compensate")) {
      unavailableWhile(
          "order",
          "operator_action",
          () -> operate(Part.ORDER_SERVICE, "/sagas/" + orderId + "/" + action));
    }
    for (String domain : Topology.domains()) {
      UUID letter = UUID.randomUUID();
      convergence.update(
          domain,
          """
          INSERT INTO dead_letter (id, consumer, message_id, topic, partition_id, record_offset, headers, reason)
          VALUES ('%s', '%s-service', gen_random_uuid(), 'none', 0, 0, '{}', 'by hand')
          """
              .formatted(letter, domain));
      try {
        unavailableWhile(
            domain,
            "operator_action",
            () -> operate(Part.of(domain + "-service"), "/dead-letters/" + letter + "/replay"));
      } finally {
        convergence.update(domain, "DELETE FROM dead_letter WHERE id = '" + letter + "'");
      }
    }
  }

  @Test
  void cancellationThatCannotBeStoredIsAnsweredWith503() {
    String orderId;
    convergence.update("inventory", refusing("reservation"));
    try {
      orderId = place(1).get(0);
      String cancelled = "/orders/" + orderId + "/cancel";
      Supplier<Answer> cancel = () -> api.send("POST", Part.ORDER_SERVICE, cancelled, null);
      unavailableWhile("order", "saga_log", cancel);
      // Updated only: a column that an INSERT must set refuses nothing.
      unavailableWhile(
          "order",
          Refusal.of("saga").stream().filter(refusal -> !refusal.state().equals("23502")).toList(),
          cancel);
    } finally {
      convergence.update("inventory", "DROP TRIGGER refuse ON reservation");
    }
    completed(List.of(orderId));
  }

  private Answer operate(Part service, String path) {
    return api.send(
        "POST", service, path, "{\"operator\":\"grace\",\"reason\":\"to see the answer\"}");
  }

  private Answer stock(String sku, int available) {
    return api.send(
        "PUT", Part.INVENTORY_SERVICE, "/stock/" + sku, "{\"available\":" + available + "}");
  }

  private static String refusing(String table) {
    return """
        CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'not now'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION refuse();
        """
        .formatted(table);
  }

  private void awaitFinding(Part service, String cause) {
    Awaitility.await("finding")
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(api.send("GET", service, "/audit", null).raw().body())
                    .contains("inbox-blocked", cause));
  }

  private Answer order() {
    return api.post(
        OrderApi.body("espresso-beans", 1, "tok_ok"),
        "Idempotency-Key",
        UUID.randomUUID().toString());
  }

  private List<String> placeWithoutRefusal(int orders) {
    return IntStream.range(0, orders).mapToObj(n -> accepted(order())).toList();
  }

  private static String accepted(Answer answer) {
    assertThat(answer.status()).as(answer.raw().body()).isEqualTo(202);
    return answer.body().path("orderId").asText();
  }

  private List<String> place(int orders) {
    return IntStream.range(0, orders)
        .mapToObj(n -> api.place("espresso-beans", 1, "tok_ok"))
        .toList();
  }

  private void completed(List<String> orderIds) {
    for (String orderId : orderIds) {
      assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
          .isEqualTo("COMPLETED");
    }
  }
}
