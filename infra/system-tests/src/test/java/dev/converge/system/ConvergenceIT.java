package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: the comparison of orders with sagas, in these tests and in operations.md, can fail. Method:
 * an order of each kind, written by SQL as the order service writes it, passes; if one place is
 * broken, both the assertion and the documented queries fail.
 */
@OwnPlatform
class ConvergenceIT {
  private static final Convergence CONVERGENCE = new Convergence(WithoutKafka.shared());
  private static final String EMPTIED = "TRUNCATE placed_order, saga, saga_log, outbox";

  @AfterAll
  static void noOrders() {
    CONVERGENCE.update("order", EMPTIED);
  }

  @BeforeEach
  void ordersThatHaveEnded() {
    CONVERGENCE.update("order", EMPTIED);
    CONVERGENCE.update(
        "order",
        """
        CREATE TEMPORARY TABLE ended AS
          SELECT gen_random_uuid() AS order_id, * FROM (VALUES
            ('COMPLETED', 'ship-stock', NULL, 'OrderCompleted'),
            ('COMPENSATED', 'reserve-stock', 'OUT_OF_STOCK', 'OrderRejected'),
            ('COMPENSATED', 'reserve-stock', 'CANCELLED_BY_CUSTOMER', 'OrderCancelled'))
            AS kind(status, step, reason, event);
        INSERT INTO placed_order
          SELECT order_id, 'grace', 'EUR', 100, '[]', 'tok_ok', NULL, now() FROM ended;
        INSERT INTO saga
          SELECT order_id, status, step, 1, reason, 2, 2, NULL, now() FROM ended;
        INSERT INTO saga_log
          SELECT order_id, 1, now(), 'OrderPlaced', 'RUNNING', 'reserve-stock', 1, 'ReserveStock'
          FROM ended
          UNION ALL SELECT order_id, 2, now(), 'StockShipped', status, step, 1, event FROM ended;
        INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
          SELECT gen_random_uuid(), 'order.events', order_id::text, 2,
                 'dev.converge.order.' || event || '.v1', '{}', order_id
          FROM ended;
        DROP TABLE ended
        """);
  }

  @Test
  void consistentOrdersPass() throws IOException {
    assertThatCode(CONVERGENCE::assertSagasMatchOrders).doesNotThrowAnyException();
    assertThat(rowsOfTheDocumentedChecks()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM outbox WHERE type LIKE '%Completed%'",
        """
        WITH other AS (DELETE FROM outbox WHERE type LIKE '%Completed%' RETURNING *)
        INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
        SELECT id, aggregatetype, aggregateid, sequence, replace(type, 'Completed', 'Rejected'),
               payload, correlationid
        FROM other
        """,
        """
        WITH other AS (DELETE FROM outbox WHERE type LIKE '%Cancelled%' RETURNING *)
        INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
        SELECT id, aggregatetype, aggregateid, sequence, replace(type, 'Cancelled', 'Rejected'),
               payload, correlationid
        FROM other
        """,
        """
        INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
        SELECT gen_random_uuid(), aggregatetype, aggregateid, 3, type, '{}', correlationid
        FROM outbox WHERE type LIKE '%Rejected%'
        """,
        """
        UPDATE saga SET status = 'STUCK', ended_at = NULL WHERE abort_reason = 'OUT_OF_STOCK'
        """,
        "UPDATE saga SET abort_reason = NULL WHERE abort_reason = 'CANCELLED_BY_CUSTOMER'",
        "UPDATE saga SET version = 3 WHERE status = 'COMPLETED'",
        "UPDATE saga_log SET status = 'RUNNING' WHERE status = 'COMPLETED'",
        "DELETE FROM saga_log WHERE version = 1",
        "DELETE FROM saga_log",
        "DELETE FROM saga WHERE status = 'COMPLETED'",
        "DELETE FROM placed_order"
      })
  void brokenStateIsDetected(String breaking) throws IOException {
    CONVERGENCE.update("order", breaking);

    assertThatThrownBy(CONVERGENCE::assertSagasMatchOrders).isInstanceOf(AssertionError.class);
    assertThat(rowsOfTheDocumentedChecks()).as(breaking).isNotEmpty();
  }

  /** The results of the recipe's queries over database {@code orders}, in operations.md. */
  private static List<String> rowsOfTheDocumentedChecks() throws IOException {
    Path root = Path.of(System.getProperty("converge.root", "..")).toAbsolutePath().normalize();
    String page = Files.readString(root.resolve("docs/operations.md"));
    String recipe = page.substring(page.indexOf("### Are the three databases in agreement?"));
    List<String> queries =
        Pattern.compile("-- orders:.*?;\n(?=\n)", Pattern.DOTALL)
            .matcher(recipe)
            .results()
            .map(MatchResult::group)
            .toList();
    assertThat(queries).hasSize(3);
    return queries.stream().flatMap(ConvergenceIT::rows).toList();
  }

  private static Stream<String> rows(String query) {
    return CONVERGENCE.strings("order", query).stream();
  }
}
