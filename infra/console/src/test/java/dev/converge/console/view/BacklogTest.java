package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Goal: a backlog says how much waits, and for how long. Method: offsets of partitions. */
class BacklogTest {
  private static final Instant BEGIN = Instant.parse("2026-11-30T12:00:00Z");

  @Test
  void lagIsTheSumOverThePartitions() {
    assertThat(
            new Backlog().json(Map.of(0, 10L, 1, 20L), Map.of(0, 7L, 1, 20L), BEGIN).getLong("lag"))
        .isEqualTo(3);
  }

  @Test
  void partitionWithoutAHandledOffsetDoesNotCount() {
    assertThat(new Backlog().json(Map.of(0, 10L), Map.of(), BEGIN).getLong("lag")).isZero();
  }

  @Test
  void ageIsThatOfTheOldestRecordThatIsNotHandled() {
    Backlog backlog = new Backlog();
    backlog.appended(0, 7, BEGIN.plusSeconds(1));
    backlog.appended(0, 8, BEGIN.plusSeconds(2));
    backlog.appended(1, 3, BEGIN.plusSeconds(4));

    Map<Integer, Long> ends = Map.of(0, 9L, 1, 4L);
    assertThat(backlog.json(ends, Map.of(0, 8L, 1, 3L), BEGIN.plusSeconds(6)).getLong("oldestMs"))
        .isEqualTo(4_000);
    assertThat(backlog.json(ends, Map.of(0, 9L, 1, 4L), BEGIN).containsKey("oldestMs")).isFalse();
  }
}
