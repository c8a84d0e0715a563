package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** Goal: a read that shows one effect and not another counts. Method: examples. */
class FracturedReadsTest {
  private static final Set<String> NONE = Set.of();
  private static final Set<String> ORDER = Set.of("o");

  @Test
  void orderIsFracturedUntilItsLastEffectIsSeen() {
    FracturedReads reads = new FracturedReads();
    reads.add(0, ORDER, NONE, NONE);
    reads.add(100, ORDER, ORDER, NONE);
    reads.add(200, ORDER, ORDER, ORDER);
    assertThat(reads.count()).isEqualTo(new FracturedReads.Count(3, 2, 1));
    assertThat(reads.count().share()).isEqualTo(2 / 3.0);
  }

  @Test
  void wholeOrderIsReadForASecond() {
    FracturedReads reads = new FracturedReads();
    for (int millis = 0; millis <= 2_000; millis += 500) {
      reads.add(millis, ORDER, ORDER, ORDER);
    }
    assertThat(reads.count()).isEqualTo(new FracturedReads.Count(3, 0, 0));
  }

  @Test
  void divergentOrderIsReadForTenSeconds() {
    FracturedReads reads = new FracturedReads();
    reads.add(0, NONE, ORDER, NONE);
    reads.add(10_000, NONE, NONE, NONE);
    reads.add(60_000, NONE, NONE, NONE);
    assertThat(reads.count()).isEqualTo(new FracturedReads.Count(2, 2, 1));
  }

  @Test
  void idsAreOrderedByTime() {
    String id = FracturedReader.leastIdAt(0x0123_4567_89ABL);
    assertThat(id).isEqualTo("01234567-89ab-0000-0000-000000000000");
  }

  @Test
  void earlierOrdersAreIgnored() {
    FracturedReads reads = new FracturedReads();
    reads.ignore(ORDER);
    reads.add(0, NONE, ORDER, NONE);
    assertThat(reads.count().reads()).isZero();
    assertThat(reads.count().share()).isZero();
  }
}
