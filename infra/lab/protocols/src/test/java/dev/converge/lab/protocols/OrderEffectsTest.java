package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.protocols.OrderEffects.Divergence;
import java.util.List;
import java.util.Map;
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

  @Test
  void answerOfACompleteOrderIsBrokenUnlessAllItsEffectsAreThere() {
    List<OrderAttempt> attempts =
        List.of(
            new OrderAttempt("key", 0, 1, 201, 1, "whole", "COMPLETED"),
            new OrderAttempt("key", 0, 1, 201, 1, "half", "COMPLETED"),
            new OrderAttempt("key", 0, 1, 201, 1, "gone", "COMPLETED"),
            new OrderAttempt("key", 0, 1, 201, 1, "refused", "REJECTED"),
            new OrderAttempt("key", 0, 1, 202, 1, "pending", null));
    Map<String, OrderEffects> orders =
        Map.of(
            "whole", new OrderEffects("whole", 1L, 2L, 3L),
            "half", new OrderEffects("half", 1L, 2L, null));
    assertThat(FinalState.brokenAnswers(attempts, orders)).isEqualTo(2);
  }

  @Test
  void divergentOrdersAreCountedByKind() {
    List<OrderEffects> orders =
        List.of(order(1L, 2L, 3L), order(1L, 2L, null), order(1L, 2L, null), order(1L, null, null));
    assertThat(FinalState.divergent(orders))
        .isEqualTo(Map.of(Divergence.SHIPPED_NOT_PAID, 2, Divergence.NEITHER, 1));
    assertThat(FinalState.examples(orders)).hasSize(3);
  }
}
