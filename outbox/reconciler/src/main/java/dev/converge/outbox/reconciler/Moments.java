package dev.converge.outbox.reconciler;

import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** Comparisons of moments. */
final class Moments {
  private Moments() {}

  static OffsetDateTime latest(OffsetDateTime one, OffsetDateTime other) {
    return one.isAfter(other) ? one : other;
  }

  /** The earliest; null values are ignored. */
  static OffsetDateTime earliest(OffsetDateTime one, @Nullable OffsetDateTime... others) {
    OffsetDateTime earliest = one;
    for (OffsetDateTime other : others) {
      earliest = other != null && other.isBefore(earliest) ? other : earliest;
    }
    return earliest;
  }
}
