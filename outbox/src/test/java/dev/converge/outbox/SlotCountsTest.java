package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SlotCountsTest {
  private static final SlotCounts BEFORE = new SlotCounts(1_000, 50);

  @Test
  void slotThatHasDecodedLessWasMadeAnew() {
    assertThat(BEFORE.areOfAnother(new SlotCounts(999, 50))).isTrue();
    assertThat(BEFORE.areOfAnother(new SlotCounts(0, 80))).isTrue();
  }

  @Test
  void slotThatHasDecodedAsMuchOrMoreIsTheSame() {
    assertThat(BEFORE.areOfAnother(BEFORE)).isFalse();
    assertThat(BEFORE.areOfAnother(new SlotCounts(2_000, 80))).isFalse();
  }

  @Test
  void databaseThatCountsAnewAfterACrashTellsNothingOfItsSlot() {
    assertThat(BEFORE.areOfAnother(new SlotCounts(0, 3))).isFalse();
  }
}
