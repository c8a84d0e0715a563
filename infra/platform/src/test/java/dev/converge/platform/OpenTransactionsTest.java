package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
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
    return inDoubt(Set.of(), branches);
  }

  private static OpenTransactions inDoubt(Set<Part> running, InDoubt... branches) {
    return new OpenTransactions(List.of(branches), List.of(), List.of(), running);
  }

  @Test
  void branchIsNamedWithWhatItHoldsAndWhatEndsIt() {
    assertThat(inDoubt(branch("2pc.a.inventory_payment", 12)).inDoubtAdvice())
        .containsExactly(
            "inventory-db: 2pc.a.inventory_payment  PREPARED for 12.0 s, sessions that wait: 3,"
                + " log retained: 128 KiB",
            "2pc in inventory-db waits for inventory-service, order-service, order-db:"
                + " ./converge start inventory-service; ./converge start order-service;"
                + " ./converge start order-db",
            "Only if the data of a part are lost for good, and never to save time:"
                + " ./converge transactions resolve GID --decision COMMIT|ABORT --reason TEXT");
  }

  @Test
  void branchesOfADatabaseThatIsDownAreNotKnown() {
    OpenTransactions open =
        new OpenTransactions(List.of(), List.of(), List.of(Part.PAYMENT_DB), Set.of());

    assertThat(open.needNoOperator()).isFalse();
    assertThat(open.olderThan(Duration.ofSeconds(1)).unreadLines())
        .containsExactly(
            "payment-db is down, and its branches are not known: ./converge start payment-db");
  }

  @Test
  void onlyPartsThatDoNotRunAreWaitedFor() {
    Set<Part> all =
        Part.all().stream()
            .filter(part -> part.ordinal() == 1 || part.role() == Role.ZOOKEEPER)
            .collect(Collectors.toSet());
    InDoubt quorum = branch("2pc-quorum.a.x", 12);
    InDoubt twoPhase = branch("2pc.a.x", 12);

    assertThat(quorum.awaits(all)).isEmpty();
    assertThat(quorum.awaits(without(all, Part.INVENTORY_SERVICE)))
        .containsExactly(Part.INVENTORY_SERVICE);
    assertThat(quorum.awaits(without(all, Part.quorum().get(0)))).isEmpty();
    assertThat(quorum.awaits(without(all, Part.quorum().get(0), Part.quorum().get(2))))
        .containsExactly(Part.quorum().get(0), Part.quorum().get(2));
    assertThat(twoPhase.awaits(without(all, Part.ORDER_SERVICE)))
        .containsExactly(Part.ORDER_SERVICE);
    assertThat(
            twoPhase.awaits(
                Set.of(
                    Part.INVENTORY_SERVICE,
                    Part.of(Role.ORDER_SERVICE, 2),
                    Part.of(Role.ORDER_DB, 2))))
        .isEmpty();
    assertThat(branch("3pc.a.x", 12).awaits(without(all, Part.ORDER_SERVICE))).isEmpty();
    assertThat(quorum.awaits(Set.of(Part.of(Role.INVENTORY_SERVICE, 2))))
        .doesNotContain(Part.INVENTORY_SERVICE);
    assertThat(inDoubt(all, quorum).inDoubtAdvice().get(1))
        .isEqualTo(
            "2pc-quorum in inventory-db: all that it waits for runs, so it ends in some seconds");
  }

  private static Set<Part> without(Set<Part> all, Part... missing) {
    Set<Part> running = new HashSet<>(all);
    running.removeAll(List.of(missing));
    return running;
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
        .satisfiesExactly(
            first ->
                assertThat(first)
                    .startsWith(
                        "2pc-quorum in inventory-db waits for inventory-service, zookeeper-1,"),
            second ->
                assertThat(second)
                    .isEqualTo(
                        "3pc in inventory-db waits for inventory-service:"
                            + " ./converge start inventory-service"),
            third -> assertThat(third).startsWith("tcc in inventory-db waits for"));
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
    OpenTransactions diverged =
        new OpenTransactions(List.of(), List.of(divergence), List.of(), Set.of());

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
