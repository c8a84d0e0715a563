package dev.converge.outbox.reconciler;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The state of a reconciler between rounds.
 *
 * @param comparison null before the first round and after one that failed: the next one continues
 *     from the position that is saved in the database
 */
record ReconcilerState(SlotState slot, @Nullable Comparison comparison) {
  static final ReconcilerState INITIAL = new ReconcilerState(SlotState.UNKNOWN, null);

  /** The comparison, which {@link Round#start} has begun. */
  Comparison started() {
    return Objects.requireNonNull(comparison, "comparison");
  }

  ReconcilerState with(Comparison next) {
    return new ReconcilerState(slot, next);
  }

  /** A round failed: nothing that it has observed is trusted. */
  ReconcilerState failed() {
    return new ReconcilerState(slot, null);
  }
}
