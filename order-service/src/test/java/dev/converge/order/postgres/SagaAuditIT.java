package dev.converge.order.postgres;

import static dev.converge.order.OrderDatabase.await;
import static dev.converge.order.OrderDatabase.newOrder;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.OrderDatabase;
import dev.converge.order.OrderEngine;
import dev.converge.order.domain.Order;
import dev.converge.service.audit.Audit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: each check of the audit finds its violation, and nothing in order. Method: the checks on a
 * real PostgreSQL, with rows that the test damages.
 */
class SagaAuditIT {
  private final OrderDatabase database = new OrderDatabase();
  private final OrderEngine engine = new OrderEngine(database);

  @AfterEach
  void close() {
    database.close();
  }

  private Map<String, List<String>> findings() {
    Map<String, List<String>> findings = new TreeMap<>();
    for (Audit.Check check : SagaAudit.checks(database.pool())) {
      findings.put(check.name(), await(check.query().get()));
    }
    return findings;
  }

  private static String id(Order order) {
    return order.orderId().toString();
  }

  @Test
  void soundSagasAreNotReported() {
    engine.place(newOrder(), newOrder());

    assertThat(findings())
        .containsOnlyKeys("sagas-stuck", "sagas-overdue", "orders-without-saga")
        .allSatisfy((check, found) -> assertThat(found).isEmpty());
  }

  @Test
  void eachViolationIsReportedByItsCheckAlone() {
    Order sound = newOrder();
    Order stuck = newOrder();
    Order overdue = newOrder();
    Order withoutSaga = newOrder();
    engine.place(sound, stuck, overdue, withoutSaga);
    database.execute(
        """
            UPDATE saga SET status = 'STUCK', deadline_at = NULL WHERE order_id = '%s';
            UPDATE saga SET deadline_at = now() - interval '16 seconds' WHERE order_id = '%s';
            DELETE FROM saga WHERE order_id = '%s'
            """
            .formatted(id(stuck), id(overdue), id(withoutSaga)));

    assertThat(findings())
        .containsEntry("sagas-stuck", List.of(id(stuck)))
        .containsEntry("sagas-overdue", List.of(id(overdue)))
        .containsEntry("orders-without-saga", List.of(id(withoutSaga)));
    assertThat(await(SagaAudit.countStuck(database.pool()))).isEqualTo(1);
  }

  @Test
  void orderOfAnotherProtocolNeedsNoSaga() {
    Order order = OrderDatabase.ended(newOrder(), null);
    database.inTransaction(tx -> new PostgresOrderRepository().insertEnded(tx, order));

    assertThat(findings()).containsEntry("orders-without-saga", List.of());
  }

  @Test
  void sagaWithoutAnOrderIsNotAnOrderWithoutASaga() {
    Order order = newOrder();
    engine.place(order);
    database.execute("DELETE FROM placed_order");

    assertThat(findings()).containsEntry("orders-without-saga", List.of());
  }
}
