package dev.converge.order.transactions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.converge.commitment.GlobalId;
import dev.converge.commitment.RefusedException;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.Problem.Fault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: only the coordinating process does the work of an order's branch, and its body is empty.
 */
class OrderBranchTest {
  private static final GlobalId ID =
      new GlobalId("3pc", new UUID(0, 1), List.of("inventory", "order", "payment"));

  private final OrderBranch branch = new OrderBranch();

  @SuppressWarnings("NullAway") // No work uses the connection.
  private Future<Void> execute(JsonObject request) {
    return branch.execute(null, ID, request);
  }

  @Test
  void workIsOfferedUntilTheTransactionIsDecided() {
    Promise<String> decided = Promise.promise();
    Future<String> transaction =
        branch.offering(ID, tx -> Future.succeededFuture(), decided::future);
    assertThat(execute(new JsonObject()).succeeded()).isTrue();

    decided.complete("COMMIT");
    assertThat(transaction.result()).isEqualTo("COMMIT");
    assertThat(execute(new JsonObject()).cause())
        .isInstanceOf(RefusedException.class)
        .hasMessage("NOT_COORDINATED_HERE");
  }

  @Test
  void fieldIsRefused() {
    Problem problem =
        catchThrowableOfType(
            Problem.class, () -> branch.check(ID, new JsonObject().put("orderId", "x")));

    assertThat(problem.type().status()).isEqualTo(400);
    assertThat(problem.faults()).containsExactly(new Fault("/orderId", "unknown field"));
  }
}
