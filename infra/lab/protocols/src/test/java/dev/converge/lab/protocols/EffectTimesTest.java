package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.protocols.FaultResult.Effect;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: every order with an effect has a time at which it was placed. Method: three orders. */
class EffectTimesTest {
  /** A UUIDv7 of the millisecond 15. */
  private static final String ID = "00000000-000f-7000-8000-000000000001";

  private static final long BEGIN_MICROS = 5_000;

  private static List<Effect> effects(@Nullable String knownAs, Map<String, String> orderIds) {
    Map<String, OrderEffects> orders = new HashMap<>();
    orders.put(ID, new OrderEffects(ID, BEGIN_MICROS + 20_000, BEGIN_MICROS + 30_000, null));
    OrderAttempt attempt = new OrderAttempt("key", 900, 1_400, 503, 1, knownAs, null);
    return EffectTimes.of(List.of(attempt), orders, orderIds, BEGIN_MICROS);
  }

  @Test
  void orderThatItsClientKnowsHasItsTimes() {
    assertThat(effects(ID, Map.of())).containsExactly(new Effect(900, 1_400.0, null));
  }

  @Test
  void orderIsFoundByItsKey() {
    assertThat(effects(null, Map.of("key", ID))).containsExactly(new Effect(900, 1_400.0, null));
  }

  @Test
  void orderThatNothingRefersToIsPlacedAtTheTimeOfItsId() {
    assertThat(effects(null, Map.of()))
        .containsExactly(new Effect(10, 10.0 + OrderClient.GIVES_UP_AFTER.toMillis(), null));
  }
}
