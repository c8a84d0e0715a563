package dev.converge.outbox.reconciler;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * The replication slot as it was last seen. A slot that is gone or invalidated is reported in every
 * round. After one interval it is recreated: a running connector recreates a missing slot itself.
 *
 * @param lostSince when it was first seen to be gone or invalidated; null if it is neither
 * @param counts its last statistics; null if there were none
 */
record SlotState(@Nullable OffsetDateTime lostSince, @Nullable SlotCounts counts) {
  static final SlotState UNKNOWN = new SlotState(null, null);

  /** The slot as it is now. */
  SlotState observe(DatabaseState db) {
    // Not in the future, if the clock was set back.
    OffsetDateTime since = Moments.earliest(db.now(), lostSince);
    SlotCounts now = db.slot().counts();
    return new SlotState(db.slot().isLost() ? since : null, now == null ? counts : now);
  }

  /** The effects of what is observed of the slot now. */
  List<Effect> effects(DatabaseState db, String name, Duration every) {
    List<Effect> effects = new ArrayList<>();
    if (isRecreated(db)) {
      effects.add(new Effect.Log(Level.ERROR, "slot " + name + " was recreated"));
      effects.add(report(name + ": recreated"));
    }
    if (!db.slot().isLost()) {
      if (lostSince != null) {
        effects.add(new Effect.Log(Level.INFO, "slot " + name + " exists again"));
      }
      return effects;
    }
    String walStatus = db.slot().walStatus();
    String what = name + ": " + (walStatus == null ? "gone" : walStatus);
    effects.add(report(what));
    if (lostSince == null) {
      effects.add(new Effect.Log(Level.ERROR, "slot " + what));
    } else if (!lostSince.plus(every).isAfter(db.now()) && db.slot().canBeRecreated()) {
      effects.add(new Effect.RecreateSlot());
    }
    return effects;
  }

  private static Effect report(String what) {
    return new Effect.Report(Check.SLOT, List.of(what));
  }

  /**
   * Whether the slot is another one than the one last seen. A connector that is running recreates a
   * slot within a second, so it may never be seen to be gone.
   */
  private boolean isRecreated(DatabaseState db) {
    SlotCounts now = db.slot().counts();
    return counts != null && now != null && counts.areOfAnother(now);
  }
}
