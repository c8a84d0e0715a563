package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.console.view.ChaosPlan.Step;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Goal: random faults can be repeated, and end in time. Method: plans with seeds. */
class ChaosPlanTest {
  private static final List<String> PARTS = List.of("order-service", "payment-service", "kafka");

  private static List<Step> steps(long seed) {
    ChaosPlan plan = new ChaosPlan(seed, PARTS, 15);
    return IntStream.range(0, 200).mapToObj(plan::step).toList();
  }

  @Test
  void seedRepeatsTheFaults() {
    assertThat(steps(7)).isEqualTo(steps(7)).isNotEqualTo(steps(8));
  }

  @Test
  void everyPartIsHitByBothFaults() {
    assertThat(steps(7).stream().map(step -> step.part() + step.fault()).distinct()).hasSize(6);
  }

  @Test
  void faultEndsBeforeTheNext() {
    assertThat(steps(7)).allMatch(step -> step.seconds() >= 1 && step.seconds() < 15);
  }

  @Test
  void planWithoutPartsOrTimeIsRefused() {
    assertThatThrownBy(() -> new ChaosPlan(1, List.of(), 15))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ChaosPlan(1, PARTS, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
