package dev.converge.outbox.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;

class SlotCountsTest {
  private static final OffsetDateTime START = OffsetDateTime.parse("2026-01-01T12:00:00Z");
  private static final SlotCounts BEFORE = counts(1_000, 50);

  @Test
  void slotThatHasDecodedLessWasRecreated() {
    assertThat(BEFORE.areOfAnother(counts(999, 50))).isTrue();
    assertThat(BEFORE.areOfAnother(counts(0, 80))).isTrue();
  }

  @Test
  void slotThatHasDecodedAtLeastAsMuchIsTheSame() {
    assertThat(BEFORE.areOfAnother(BEFORE)).isFalse();
    assertThat(BEFORE.areOfAnother(counts(2_000, 80))).isFalse();
  }

  @Test
  void restartedServerAllowsNoConclusion() {
    assertThat(BEFORE.areOfAnother(new SlotCounts(START.plusSeconds(1), 0, 80))).isFalse();
  }

  @Test
  void crashedDatabaseAllowsNoConclusion() {
    assertThat(BEFORE.areOfAnother(counts(0, 3))).isFalse();
  }

  private static SlotCounts counts(long slotBytes, long databaseCommits) {
    return new SlotCounts(START, slotBytes, databaseCommits);
  }
}
