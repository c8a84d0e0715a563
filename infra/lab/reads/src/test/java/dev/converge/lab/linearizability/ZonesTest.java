package dev.converge.lab.linearizability;

import static dev.converge.lab.linearizability.Operation.INITIAL;
import static dev.converge.lab.linearizability.Operation.NEVER;
import static dev.converge.lab.linearizability.Operation.read;
import static dev.converge.lab.linearizability.Operation.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.linearizability.LinearizationSearch.Answer;
import dev.converge.lab.linearizability.Zones.Verdict;
import dev.converge.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Goal: zones distinguish linearizable histories from others, and by how much one misses. Method:
 * known histories, and random ones against an exhaustive search.
 */
class ZonesTest {
  private static final int ALL_STATES = 1_000_000;

  private static void assertLinearizable(Operation... history) {
    assertThat(Zones.check(List.of(history)).isLinearizable()).isTrue();
    assertThat(search(List.of(history))).isEqualTo(Answer.LINEARIZABLE);
  }

  private static Verdict assertNotLinearizable(Operation... history) {
    Verdict verdict = Zones.check(List.of(history));
    assertThat(verdict.isLinearizable()).isFalse();
    assertThat(search(List.of(history))).isEqualTo(Answer.NOT_LINEARIZABLE);
    return verdict;
  }

  private static Answer search(List<Operation> history) {
    return LinearizationSearch.of(history, ALL_STATES);
  }

  @Test
  void readsBesideAWriteMayShowEitherValue() {
    assertLinearizable(
        write(1, 0, 10), write(2, 20, 30), read(1, 21, 24), read(2, 25, 27), read(2, 31, 32));
    assertLinearizable(read(INITIAL, 0, 5), write(1, 1, 10), read(1, 2, 3));
  }

  @Test
  void concurrentWritesHaveAnOrderThatReadsDecide() {
    assertLinearizable(write(1, 0, 10), write(2, 0, 10), read(2, 11, 12), read(2, 13, 14));
    assertLinearizable(write(1, 0, 10), write(2, 0, 10), read(1, 2, 3), read(2, 11, 12));
    assertNotLinearizable(
        write(1, 0, 10), write(2, 0, 10), read(1, 11, 12), read(2, 13, 14), read(1, 15, 16));
  }

  @Test
  void readOfAnOverwrittenValueIsOffByTheTimeSinceItWasOverwritten() {
    Verdict verdict = assertNotLinearizable(write(1, 0, 10), write(2, 20, 30), read(1, 45, 50));
    assertThat(verdict.shift()).isEqualTo(15);
    assertThat(verdict.conflicts()).isEqualTo(1);
  }

  @Test
  void readOfTheInitialValueAfterAWriteIsOff() {
    assertThat(assertNotLinearizable(write(1, 0, 10), read(INITIAL, 12, 13)).shift()).isEqualTo(2);
  }

  @Test
  void laterReadThatShowsLessIsOff() {
    // The write is still open, but one read has shown its value, and a later one has not.
    Verdict verdict =
        assertNotLinearizable(write(1, 0, 10), write(2, 20, 100), read(2, 30, 40), read(1, 50, 60));
    assertThat(verdict.shift()).isEqualTo(10);
  }

  @Test
  void readBeforeItsWriteIsRepairedByNoShift() {
    assertThat(assertNotLinearizable(read(1, 0, 5), write(1, 10, 20)).shift())
        .isEqualTo(Zones.NO_SHIFT);
    assertThat(assertNotLinearizable(read(7, 0, 5)).shift()).isEqualTo(Zones.NO_SHIFT);
  }

  @Test
  void writeWithoutAnAnswerMayHappenAtAnyTimeOrNever() {
    assertLinearizable(write(1, 0, 10), write(2, 20, NEVER), read(1, 50, 60));
    assertLinearizable(write(1, 0, 10), write(2, 20, NEVER), read(1, 50, 60), read(2, 70, 80));
    assertNotLinearizable(write(1, 0, 10), write(2, 20, NEVER), read(2, 50, 60), read(1, 70, 80));
  }

  @Test
  void emptyHistoryIsLinearizable() {
    assertLinearizable();
  }

  @Test
  void zonesAgreeWithTheSearch() {
    int[] found = new int[2];
    Seed.forEach(
        4_000,
        seed -> {
          List<Operation> history = random(new Random(seed));
          boolean linearizable = Zones.check(history).isLinearizable();
          assertThat(search(history))
              .as("%s", history)
              .isEqualTo(linearizable ? Answer.LINEARIZABLE : Answer.NOT_LINEARIZABLE);
          found[linearizable ? 1 : 0]++;
        });
    if (System.getProperty("converge.seed") == null) {
      assertThat(found[0]).isGreaterThan(400);
      assertThat(found[1]).isGreaterThan(400);
    }
  }

  @Test
  void readsThatBeginEarlierByTheShiftMakeItLinearizableAndByLessDoNot() {
    Seed.forEach(
        2_000,
        seed -> {
          List<Operation> history = random(new Random(seed));
          Verdict verdict = Zones.check(history);
          if (verdict.isLinearizable() || verdict.shift() == Zones.NO_SHIFT) {
            return;
          }
          assertThat(search(earlier(history, verdict.shift())))
              .as("%s", history)
              .isEqualTo(Answer.LINEARIZABLE);
          assertThat(search(earlier(history, verdict.shift() - 1)))
              .as("%s", history)
              .isEqualTo(Answer.NOT_LINEARIZABLE);
        });
  }

  private static List<Operation> earlier(List<Operation> history, long by) {
    return history.stream()
        .map(each -> each.isWrite() ? each : read(each.value(), each.start() - by, each.end()))
        .toList();
  }

  /** Few operations at few times, so that they often overlap and often conflict. */
  private static List<Operation> random(Random random) {
    int writes = 1 + random.nextInt(4);
    List<Operation> history = new ArrayList<>();
    for (int value = 1; value <= writes; value++) {
      int start = random.nextInt(20);
      boolean pending = random.nextInt(8) == 0;
      history.add(write(value, start, pending ? NEVER : start + random.nextInt(10)));
    }
    for (int reads = random.nextInt(6); reads > 0; reads--) {
      int start = random.nextInt(28);
      history.add(read(random.nextInt(writes + 1), start, start + random.nextInt(8)));
    }
    return history;
  }
}
