package dev.converge.order.reads;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.reads.ReadRoute.Step;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** Goal: replicas are asked before the primary, and at most one is waited for. */
class ReadRouteTest {
  private static final Step PRIMARY = new Step(Step.PRIMARY, false);
  private static final ReadLevel IN_SESSION =
      new ReadLevel.Session(Optional.of(new ConsistencyToken(7, 1, 100, 0)));

  private static List<Step> route(ReadLevel level, int replicas, int first) {
    return route(level, replicas, first, replica -> true);
  }

  private static List<Step> route(ReadLevel level, int replicas, int first, IntPredicate usable) {
    return ReadRoute.of(level, replicas, first, usable);
  }

  @Test
  void strongReadAsksThePrimaryOnly() {
    assertThat(route(new ReadLevel.Strong(), 2, 0)).containsExactly(PRIMARY);
  }

  @Test
  void replicasTakeTurnsAndThePrimaryIsLast() {
    assertThat(route(new ReadLevel.Bounded(200), 2, 0))
        .containsExactly(new Step(0, false), new Step(1, false), PRIMARY);
    assertThat(route(new ReadLevel.Bounded(200), 2, 1))
        .containsExactly(new Step(1, false), new Step(0, false), PRIMARY);
    assertThat(route(new ReadLevel.Session(Optional.empty()), 1, 0))
        .containsExactly(new Step(0, false), PRIMARY);
  }

  @Test
  void sessionWaitsForOneReplicaAfterTheOthersWereAsked() {
    assertThat(route(IN_SESSION, 2, 0))
        .containsExactly(new Step(1, false), new Step(0, true), new Step(Step.PRIMARY, true));
  }

  @Test
  void silentReplicaIsLeftOutExceptByAnEventualReadThatHasNoOtherNodeLeft() {
    assertThat(route(new ReadLevel.Bounded(200), 2, 0, replica -> replica == 1))
        .containsExactly(new Step(1, false), PRIMARY);
    assertThat(route(new ReadLevel.Eventual(), 2, 0, replica -> replica == 1))
        .containsExactly(new Step(1, false), PRIMARY, new Step(0, false));
  }

  @Test
  void withoutReplicasThePrimaryAnswersEachLevel() {
    assertThat(route(new ReadLevel.Eventual(), 0, 0)).containsExactly(PRIMARY);
  }
}
