package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Role;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Goal: in a normal start only the saga is on, and the other protocols cost nothing. Method: the
 * shared platform: its routes, processes, settings and sessions.
 */
@Order(3)
class ProtocolsOffIT {
  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = new OrderApi(platform);
  private final Convergence databases = new Convergence(platform);

  @Test
  void otherProtocolsAreRefused() {
    Answer answer =
        api.post(
            OrderApi.body("espresso-beans", 1, "tok_wallet"),
            "Idempotency-Key",
            OrderApi.newKey(),
            "Converge-Protocol",
            "2pc");

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.body().path("type").asText()).isEqualTo("/problems/protocol-disabled");
  }

  @Test
  void branchesHaveNoRoutes() {
    for (Part service : Topology.serviceParts()) {
      assertThat(api.send("GET", service, "/transactions", null).status())
          .as(service.id())
          .isEqualTo(404);
    }
  }

  @Test
  void tablesOfTransactionsStayEmpty() {
    for (String domain : Topology.domains()) {
      List<String> tables =
          databases.strings(
              domain,
              """
              SELECT relname || ': ' || pg_relation_size(oid) || ' bytes' FROM pg_class
              WHERE relkind = 'r' AND starts_with(relname, 'transaction_')
              """);
      assertThat(tables)
          .as(domain)
          .isNotEmpty()
          .allSatisfy(table -> assertThat(table).endsWith(": 0 bytes"));
    }
    assertThat(
            databases.strings(
                "order", "SELECT order_id::text FROM placed_order WHERE protocol IS NOT NULL"))
        .isEmpty();
  }

  @Test
  void noQuorumRunsAndNoDatabasePreparesTransactions() {
    assertThat(platform.platform().nodes().stream().filter(platform.platform()::isRunning))
        .noneMatch(part -> part.kind() == Role.Kind.ZOOKEEPER);
    for (String domain : Topology.domains()) {
      assertThat(databases.strings(domain, "SHOW max_prepared_transactions"))
          .as(domain)
          .containsExactly("0");
      assertThat(databases.strings(domain, "SHOW track_commit_timestamp"))
          .as(domain)
          .containsExactly("off");
    }
  }
}
