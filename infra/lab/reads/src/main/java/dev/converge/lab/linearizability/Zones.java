package dev.converge.lab.linearizability;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a history of a register is linearizable, by zones (P. B. Gibbons and E. Korach,
 * "Testing Shared Memories", 1997), in O(n log n) if it is: possible because each value is written
 * once. The operations of one value are next to each other in every linearization. The zone of a
 * value is the time between the first end and the last start of its operations: with the first end
 * before the last start, the value was the register's for all of that time. Two values conflict if
 * each has an operation that ended before one of the other began.
 *
 * <p>It also says by how much a history misses: how much earlier reads would have to begin (W.
 * Golab, X. Li and M. A. Shah, "Analyzing Consistency Properties for Fun and Profit", 2011).
 */
public final class Zones {
  /** No earlier begin of reads repairs the history. */
  public static final long NO_SHIFT = Long.MAX_VALUE;

  private static final long BEFORE_ALL = Long.MIN_VALUE;

  private Zones() {}

  /**
   * Two values that no order of their operations agrees with.
   *
   * @param shift reads must begin this much earlier; {@link #NO_SHIFT} if that does not help
   */
  public record Conflict(long one, long other, long shift) {}

  /**
   * The result.
   *
   * @param conflicts how many pairs of values conflict
   * @param worst the pair that needs the greatest shift; empty if the history is linearizable
   */
  public record Verdict(int operations, long conflicts, Optional<Conflict> worst) {
    public boolean isLinearizable() {
      return conflicts == 0;
    }

    /** How much earlier reads would have to begin; 0 for none. */
    public long shift() {
      return worst.map(Conflict::shift).orElse(0L);
    }
  }

  /** The operations of one value. */
  private static final class Zone {
    private final long value;
    private long writeStart;
    private boolean isWritten;
    private long firstEnd = Long.MAX_VALUE;
    private long lastStart = BEFORE_ALL;
    private long firstReadEnd = Long.MAX_VALUE;
    private long lastReadStart = BEFORE_ALL;

    Zone(long value) {
      this.value = value;
    }

    void add(Operation operation) {
      firstEnd = Math.min(firstEnd, operation.end());
      lastStart = Math.max(lastStart, operation.start());
      if (operation.isWrite()) {
        if (isWritten) {
          throw new IllegalArgumentException("written twice: " + value);
        }
        isWritten = true;
        writeStart = operation.start();
      } else {
        firstReadEnd = Math.min(firstReadEnd, operation.end());
        lastReadStart = Math.max(lastReadStart, operation.start());
      }
    }

    void writtenBeforeAll() {
      isWritten = true;
      writeStart = BEFORE_ALL;
      firstEnd = BEFORE_ALL;
    }

    boolean isRead() {
      return lastReadStart != BEFORE_ALL;
    }

    /** Whether one of its reads shows a value that is not written, or not yet. */
    boolean isReadTooEarly() {
      return isRead() && (!isWritten || firstReadEnd < writeStart);
    }

    /** Whether it precedes another value: one of its operations ended before one of that began. */
    boolean precedes(Zone other) {
      return firstEnd < other.lastStart;
    }

    /** How much earlier the reads of another value must begin so that this does not precede it. */
    long shiftUntilNotBefore(Zone other) {
      return other.isRead() && other.writeStart <= firstEnd && firstEnd != BEFORE_ALL
          ? other.lastReadStart - firstEnd
          : NO_SHIFT;
    }
  }

  /** Checks a history, whose order does not matter. */
  public static Verdict check(List<Operation> history) {
    List<Zone> zones = zones(history);
    long conflicts = 0;
    Conflict worst = null;
    for (int at = 0; at < zones.size(); at++) {
      Zone zone = zones.get(at);
      if (zone.isReadTooEarly()) {
        conflicts++;
        worst = worse(worst, new Conflict(zone.value, zone.value, NO_SHIFT));
      }
      // Sorted by their first ends: later zones that begin after this one's end do not conflict.
      for (int next = at + 1;
          next < zones.size() && zones.get(next).firstEnd < zone.lastStart;
          next++) {
        Zone other = zones.get(next);
        if (zone.precedes(other) && other.precedes(zone)) {
          conflicts++;
          long shift = Math.min(zone.shiftUntilNotBefore(other), other.shiftUntilNotBefore(zone));
          worst = worse(worst, new Conflict(zone.value, other.value, shift));
        }
      }
    }
    return new Verdict(history.size(), conflicts, Optional.ofNullable(worst));
  }

  private static List<Zone> zones(List<Operation> history) {
    Map<Long, Zone> byValue = new TreeMap<>();
    byValue.computeIfAbsent(Operation.INITIAL, Zone::new).writtenBeforeAll();
    history.forEach(
        operation -> byValue.computeIfAbsent(operation.value(), Zone::new).add(operation));
    List<Zone> zones = new ArrayList<>(byValue.values());
    // A write without an answer that no read has seen may not have happened.
    zones.removeIf(zone -> !zone.isRead() && zone.firstEnd == Operation.NEVER);
    zones.sort(Comparator.comparingLong(zone -> zone.firstEnd));
    return zones;
  }

  private static Conflict worse(@Nullable Conflict before, Conflict now) {
    return before == null || now.shift() > before.shift() ? now : before;
  }
}
