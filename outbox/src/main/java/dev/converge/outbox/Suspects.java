package dev.converge.outbox;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Messages that failed and may or may not be at fault themselves, and the rule by which one is
 * parked. Pure: time is an argument. Belongs to one consumer and outlives its batches.
 *
 * <p>A constraint, a trigger or a handler can refuse one message for its own sake, or every message
 * because the environment is broken. The failure looks the same; what tells the two apart is
 * whether other messages of the same type are handled meanwhile.
 */
final class Suspects {
  /** What follows for a message that has failed. */
  enum Verdict {
    /** It has attempts left. */
    RETRY,
    /** Nothing tells yet whether it is at fault: it blocks what is behind it. */
    WAIT,
    /** It is at fault. */
    PARK
  }

  /** How long a message may fail that is alone in it, while so many of other types are handled. */
  static final Duration ALONE_AT_MOST = Duration.ofMinutes(1);

  static final int OTHERS_HANDLED = 250;

  /** Nothing tells; a flood of messages at fault must end, too. */
  static final Duration BLOCKED_AT_MOST = Duration.ofMinutes(15);

  /** A failure that did not come again for so long is over: its message is another consumer's. */
  static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(2);

  /** So many must be handled for each other aggregate that fails alike. */
  private static final int HANDLED_PER_ALIKE = 2;

  private static final int MOST = 10_000;

  /** How a message fails: two that fail alike have the type and the symptom in common. */
  private record Alike(String type, String symptom) {}

  /**
   * A message that fails.
   *
   * @param sameType messages of its type handled by the consumer when it first failed
   * @param any messages handled when it first failed
   * @param sameTypeLately messages of its type handled when it last failed
   * @param anyLately messages handled when it last failed
   */
  private record Suspect(
      String aggregate,
      Alike alike,
      int attempts,
      Failing failing,
      long sameType,
      long any,
      long sameTypeLately,
      long anyLately) {}

  private record Failing(long sinceNanos, long lastNanos) {
    boolean isOver(long nowNanos) {
      return nowNanos - lastNanos > FORGOTTEN_AFTER.toNanos();
    }

    Failing again(long nowNanos) {
      return new Failing(isOver(nowNanos) ? nowNanos : sinceNanos, nowNanos);
    }
  }

  private final int attempts;
  private final Map<String, Suspect> suspects = bounded();
  private final Map<Alike, Failing> failing = bounded();
  private final Map<String, Long> handledOfType = bounded();
  private long handled;

  /**
   * @param attempts how often a message must fail by itself before it may be parked
   */
  Suspects(int attempts) {
    this.attempts = attempts;
  }

  private static <K, V> Map<K, V> bounded() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MOST;
      }
    };
  }

  /**
   * Whether no message is under suspicion; those that did not fail again for long are forgotten.
   */
  boolean isEmpty(long nowNanos) {
    suspects.values().removeIf(one -> one.failing().isOver(nowNanos));
    return suspects.isEmpty();
  }

  /** A message failed, in a transaction of its own. */
  void failed(String message, String aggregate, String type, String symptom, long nowNanos) {
    Alike alike = new Alike(type, symptom);
    Failing first = new Failing(nowNanos, nowNanos);
    failing.merge(alike, first, (before, now) -> before.again(nowNanos));
    long ofType = handledOfType.getOrDefault(type, 0L);
    Suspect before = suspects.get(message);
    // Where it fails in another way now, it is another failure.
    suspects.put(
        message,
        before != null && before.alike().equals(alike) && !before.failing().isOver(nowNanos)
            ? new Suspect(
                aggregate,
                alike,
                before.attempts() + 1,
                before.failing().again(nowNanos),
                before.sameType(),
                before.any(),
                ofType,
                handled)
            : new Suspect(aggregate, alike, 1, first, ofType, handled, ofType, handled));
  }

  /** A message of this type was handled, or could have been: the environment admits that. */
  void handled(String type) {
    handled++;
    handledOfType.merge(type, 1L, Long::sum);
    failing.keySet().removeIf(alike -> alike.type().equals(type));
  }

  /** A message is done with: handled, seen before, or parked. */
  void settled(String message) {
    suspects.remove(message);
  }

  /** Whether messages of the suspect's type were handled since it first failed, and enough. */
  boolean hasEvidence(String message) {
    Suspect suspect = suspects.get(message);
    return suspect != null
        && isEvidence(
            suspect, handledOfType.getOrDefault(suspect.alike().type(), 0L) - suspect.sameType());
  }

  // Where many fail alike, one that was handled may have needed less than they do.
  private boolean isEvidence(Suspect suspect, long handledSince) {
    return handledSince > 0 && handledSince > HANDLED_PER_ALIKE * othersAlike(suspect);
  }

  /** What follows for a message that has just failed. */
  Verdict verdict(String message, long nowNanos) {
    Suspect suspect = suspects.get(message);
    if (suspect == null || suspect.attempts() < attempts) {
      return Verdict.RETRY;
    }
    // It failed, others like it were handled, and it failed again.
    if (isEvidence(suspect, suspect.sameTypeLately() - suspect.sameType())) {
      return Verdict.PARK;
    }
    if (suspect.anyLately() - suspect.any() >= OTHERS_HANDLED
        && nowNanos - suspect.failing().sinceNanos() >= ALONE_AT_MOST.toNanos()
        && othersAlike(suspect) == 0) {
      return Verdict.PARK;
    }
    Failing alike = failing.getOrDefault(suspect.alike(), suspect.failing());
    return nowNanos - alike.sinceNanos() >= BLOCKED_AT_MOST.toNanos() ? Verdict.PARK : Verdict.WAIT;
  }

  /** Other aggregates of which a message fails alike. */
  private long othersAlike(Suspect suspect) {
    return suspects.values().stream()
        .filter(other -> other.alike().equals(suspect.alike()))
        .map(Suspect::aggregate)
        .filter(aggregate -> !aggregate.equals(suspect.aggregate()))
        .distinct()
        .count();
  }

  /** How most of the suspects fail, and how many these are. */
  Optional<String> summary() {
    Map<Alike, Integer> counts = new HashMap<>();
    suspects.values().forEach(suspect -> counts.merge(suspect.alike(), 1, Integer::sum));
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(
            most ->
                most.getKey().symptom()
                    + " (messages that fail so: "
                    + most.getValue()
                    + ", of type "
                    + most.getKey().type()
                    + ")");
  }
}
