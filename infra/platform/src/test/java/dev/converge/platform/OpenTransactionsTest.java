package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Goal: each branch that needs an operator is named, the oldest first, with what waits for it and
 * what can be done. Method: lists of branches.
 */
class OpenTransactionsTest {
  private static final Topology.Service INVENTORY = Topology.service("inventory");

  private static InDoubt branch(String gid, int seconds) {
    return new InDoubt(INVENTORY, gid, "PREPARED", Duration.ofSeconds(seconds), 3, 131_072);
  }

  private static OpenTransactions inDoubt(InDoubt... branches) {
    return new OpenTransactions(List.of(branches), List.of());
  }

  @Test
  void branchIsNamedWithWhatItHoldsAndWhatEndsIt() {
    assertThat(inDoubt(branch("2pc.a.inventory_payment", 12)).inDoubtAdvice())
        .containsExactly(
            "inventory-db: 2pc.a.inventory_payment  PREPARED for 12.0 s, sessions that wait: 3,"
                + " log retained: 128 KiB",
            "2pc waits for order-service and order-db",
            "Start what they wait for: then they end. Only if its data are lost for good:"
                + " ./converge transactions resolve GID --decision COMMIT|ABORT --reason TEXT");
  }

  @Test
  void oldestOfAllDatabasesIsFirst() {
    List<String> lines =
        inDoubt(branch("3pc.young.x", 1), branch("2pc-quorum.old.x", 30), branch("tcc.middle.x", 5))
            .inDoubtAdvice();

    assertThat(lines.subList(0, 3))
        .satisfiesExactly(
            first -> assertThat(first).contains("2pc-quorum.old.x"),
            second -> assertThat(second).contains("tcc.middle.x"),
            third -> assertThat(third).contains("3pc.young.x"));
    assertThat(lines.subList(3, 6))
        .containsExactly(
            "2pc-quorum waits for a majority of zookeeper-1 to zookeeper-3",
            "3pc waits for its own service, inventory-service",
            "tcc waits for order-service and order-db");
  }

  @Test
  void listIsBounded() {
    InDoubt[] many =
        IntStream.range(0, 25).mapToObj(n -> branch("2pc." + n + ".x", n)).toArray(InDoubt[]::new);

    assertThat(inDoubt(many).inDoubtLines())
        .hasSize(11)
        .last()
        .isEqualTo("15 more: ./converge transactions list");
  }

  @Test
  void onlyOverdueBranchesAndDivergencesNeedAnOperator() {
    Divergence divergence =
        new Divergence(INVENTORY, "3pc.a.x", "ABORTED", "COMMIT", Duration.ofSeconds(1));
    OpenTransactions diverged = new OpenTransactions(List.of(), List.of(divergence));

    assertThat(inDoubt(branch("2pc.a.x", 9)).needNoOperator()).isTrue();
    assertThat(inDoubt(branch("2pc.a.x", 11)).needNoOperator()).isFalse();
    assertThat(diverged.needNoOperator()).isFalse();
    assertThat(diverged.divergedAdvice())
        .containsExactly(
            divergence.line(),
            "Repair the order in all services. Then:"
                + " ./converge transactions acknowledge GID --reason TEXT");
  }

  @Test
  void branchOfARequestInProgressDoesNotRemainFromBefore() {
    OpenTransactions open = inDoubt(branch("2pc.before.x", 9), branch("2pc.after.x", 2));

    assertThat(open.olderThan(Duration.ofSeconds(3)).inDoubt())
        .extracting(InDoubt::gid)
        .containsExactly("2pc.before.x");
  }
}
