package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.protocols.OrderEffects.Divergence;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: every combination of effects is judged. Method: all eight of them. */
class OrderEffectsTest {
  private static OrderEffects order(
      @Nullable Long orderAt, @Nullable Long stockAt, @Nullable Long moneyAt) {
    return new OrderEffects("o", orderAt, stockAt, moneyAt);
  }

  @Test
  void effectsAgreeOrDivergeInOneOfFourWays() {
    assertThat(order(null, null, null).divergence()).isNull();
    assertThat(order(1L, 2L, 3L).divergence()).isNull();
    assertThat(order(1L, 2L, null).divergence()).isEqualTo(Divergence.SHIPPED_NOT_PAID);
    assertThat(order(null, 2L, null).divergence()).isEqualTo(Divergence.SHIPPED_NOT_PAID);
    assertThat(order(1L, null, 3L).divergence()).isEqualTo(Divergence.PAID_NOT_SHIPPED);
    assertThat(order(null, null, 3L).divergence()).isEqualTo(Divergence.PAID_NOT_SHIPPED);
    assertThat(order(1L, null, null).divergence()).isEqualTo(Divergence.NEITHER);
    assertThat(order(null, 2L, 3L).divergence()).isEqualTo(Divergence.NO_ORDER);
  }

  @Test
  void windowIsFromTheFirstCommitToTheLast() {
    assertThat(order(5_000L, 2_000L, 9_500L).windowMillis()).isEqualTo(7.5);
    assertThat(order(5_000L, 2_000L, 9_500L).lastMicros()).isEqualTo(9_500);
    assertThat(order(5_000L, null, 9_500L).windowMillis()).isNull();
  }

  private static int broken(int status, String id, @Nullable String state) {
    Map<String, OrderEffects> orders =
        Map.of(
            "whole", new OrderEffects("whole", 1L, 2L, 3L),
            "half", new OrderEffects("half", 1L, 2L, null),
            "phantom", new OrderEffects("phantom", null, 2L, 3L));
    return FinalState.brokenAnswers(
        List.of(new OrderAttempt("key", 0, 1, status, 1, id, state)),
        orders,
        Set.of("whole", "half", "refused"));
  }

  @Test
  void answerOfACompleteOrderIsBrokenUnlessAllItsEffectsAreThere() {
    assertThat(broken(201, "whole", "COMPLETED")).isZero();
    assertThat(broken(201, "half", "COMPLETED")).isOne();
    assertThat(broken(201, "gone", "COMPLETED")).isOne();
  }

  @Test
  void answerOfARejectedOrderIsBrokenIfItHasAnEffectOrIsLost() {
    assertThat(broken(201, "refused", "REJECTED")).isZero();
    assertThat(broken(201, "half", "REJECTED")).isOne();
    assertThat(broken(201, "whole", "REJECTED")).isOne();
    assertThat(broken(201, "phantom", "REJECTED")).isOne();
    assertThat(broken(201, "gone", "REJECTED")).isOne();
  }

  @Test
  void answerOfAnAcceptedOrderIsBrokenIfItIsLost() {
    assertThat(broken(202, "whole", "PENDING")).isZero();
    assertThat(broken(202, "refused", "PENDING")).isZero();
    assertThat(broken(202, "gone", "PENDING")).isOne();
  }

  @Test
  void everyBrokenAnswerCounts() {
    List<OrderAttempt> attempts =
        List.of(
            new OrderAttempt("a", 0, 1, 201, 1, "gone", "COMPLETED"),
            new OrderAttempt("b", 0, 1, 202, 1, "gone", "PENDING"),
            new OrderAttempt("c", 0, 1, 503, 1, null, null),
            new OrderAttempt("d", 0, 1, 0, 1, null, null));
    assertThat(FinalState.brokenAnswers(attempts, Map.of(), Set.of())).isEqualTo(2);
  }

  @Test
  void divergentOrdersAreCountedByKind() {
    List<OrderEffects> orders =
        List.of(order(1L, 2L, 3L), order(1L, 2L, null), order(1L, 2L, null), order(1L, null, null));
    assertThat(FinalState.divergent(orders))
        .isEqualTo(Map.of(Divergence.SHIPPED_NOT_PAID, 2, Divergence.NEITHER, 1));
    assertThat(FinalState.counterexamples(orders)).hasSize(3);
  }
}
