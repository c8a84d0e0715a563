package dev.converge.outbox.reconciler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps reported findings in view for a minute, by the clock of this process: the database may be
 * unavailable. Written by one thread, read by any.
 */
final class Findings {
  private static final Duration SHOWN_FOR = Duration.ofMinutes(1);
  private static final int MOST_SHOWN = 10;

  /** The most cases that a finding names. */
  static final int EXAMPLES = 100;

  private record Finding(Check check, long atNanos, List<String> cases) {}

  private final LongSupplier nanoTime;
  private volatile List<Finding> reported = List.of();
  private volatile @Nullable String failure;
  private volatile long succeededAtNanos;

  Findings(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.succeededAtNanos = nanoTime.getAsLong();
  }

  /** Reports cases of a check. Ignored if there are none. */
  void report(Check check, List<String> cases) {
    if (cases.isEmpty()) {
      return;
    }
    long now = nanoTime.getAsLong();
    List<Finding> shown = new ArrayList<>(reported);
    shown.add(new Finding(check, now, cases));
    List<Finding> ofCheck = shown.stream().filter(one -> one.check() == check).toList();
    if (ofCheck.size() > MOST_SHOWN) {
      shown.remove(ofCheck.get(0));
    }
    shown.removeIf(one -> !isShown(one, now));
    reported = List.copyOf(shown);
  }

  /** The last round succeeded. */
  void succeeded() {
    failure = null;
    succeededAtNanos = nanoTime.getAsLong();
  }

  /**
   * The last round failed.
   *
   * @return whether the round before did not fail for this reason
   */
  boolean failed(String reason) {
    boolean isNew = !reason.equals(failure);
    failure = reason;
    return isNew;
  }

  /** The cases by the check's name; at most {@link #EXAMPLES} for each. */
  Map<String, List<String>> all() {
    long now = nanoTime.getAsLong();
    Map<String, Set<String>> byCheck = new TreeMap<>();
    for (Finding one : reported) {
      if (isShown(one, now)) {
        byCheck
            .computeIfAbsent(one.check().id(), check -> new LinkedHashSet<>())
            .addAll(one.cases());
      }
    }
    Map<String, List<String>> all = new TreeMap<>();
    byCheck.forEach((check, cases) -> all.put(check, cases.stream().limit(EXAMPLES).toList()));
    String reason = failure;
    if (reason != null) {
      long seconds = Duration.ofNanos(now - succeededAtNanos).toSeconds();
      all.put(
          Check.NOT_RECONCILED.id(),
          List.of("no round has succeeded for %d s: %s".formatted(seconds, reason)));
    }
    return Map.copyOf(all);
  }

  int count(Check check) {
    return all().getOrDefault(check.id(), List.of()).size();
  }

  private static boolean isShown(Finding one, long now) {
    return now - one.atNanos() < SHOWN_FOR.toNanos();
  }
}
