package dev.converge.lab.reads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: a page is as old as the first acknowledged order that it lacks. */
class StalenessTest {
  private final Staleness staleness =
      new Staleness(List.of(new Write("b", 10, 40), new Write("a", 0, 5), new Write("c", 20, 30)));

  @Test
  void pageThatLacksNothingIsNotOld() {
    assertThat(staleness.of("c", 100)).isZero();
    assertThat(staleness.of("d", 100)).isZero();
  }

  @Test
  void pageIsAsOldAsTheFirstAcknowledgedOrderThatItLacks() {
    // It lacks b and c, of which c was acknowledged first.
    assertThat(staleness.of("a", 100)).isEqualTo(70);
    assertThat(staleness.of("b", 100)).isEqualTo(70);
    assertThat(staleness.of(null, 100)).isEqualTo(95);
    assertThat(staleness.of("aa", 100)).isEqualTo(70);
  }

  @Test
  void orderThatWasAcknowledgedAfterTheReadBeganMayBeLacking() {
    assertThat(staleness.of("a", 29)).isZero();
    assertThat(staleness.of("a", 31)).isEqualTo(1);
  }

  @Test
  void withoutWritesNothingIsOld() {
    assertThat(new Staleness(List.of()).of(null, 100)).isZero();
  }
}
