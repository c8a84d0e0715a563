package dev.converge.outbox.delivery;

import dev.converge.faults.Symptom;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Messages that failed and may or may not be at fault themselves, and the rule by which one is
 * parked. Pure: time is an argument. Belongs to one consumer and outlives its batches.
 *
 * <p>A constraint, a trigger or a handler can refuse one message because of its content, or every
 * message because the environment is broken. The failure is the same. The difference is whether
 * other messages of the same type are handled in the meantime. An intermittent failure is no
 * evidence against a message: while others with the same failure succeed on a retry, all of them
 * wait.
 */
final class Suspects {
  /** The decision on a message that has failed. */
  enum Verdict {
    /** It has attempts left. */
    RETRY,
    /** It is not known yet whether it is at fault: it blocks the messages behind it. */
    WAIT,
    /** It is at fault. */
    PARK
  }

  /** How long a lone failing message may fail while {@link #OTHERS_HANDLED} others are handled. */
  static final Duration ALONE_AT_MOST = Duration.ofMinutes(1);

  static final int OTHERS_HANDLED = 250;

  /** The limit without evidence: a flood of messages at fault must end, too. */
  static final Duration BLOCKED_AT_MOST = Duration.ofMinutes(15);

  /** A failure that has not recurred for this long is over: another consumer has the message. */
  static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(2);

  /** The factor on a message's attempts while others fail in the same way. */
  private static final int ATTEMPTS_IF_ALIKE = 2;

  /** How long a failure counts as intermittent after a message with it was handled. */
  static final Duration INTERMITTENT_FOR = Duration.ofMinutes(1);

  /** How many must be handled per other aggregate that fails in the same way. */
  private static final int HANDLED_PER_ALIKE = 2;

  private static final int MAX_SUSPECTS = 10_000;

  /** How a message fails: messages that fail alike share the type and the symptom. */
  private record Alike(String type, Symptom symptom) {}

  /** How most of the suspects fail. */
  record Summary(Symptom symptom, int messages, String type) {
    /** For the log. */
    String named() {
      return symptom.name() + counted();
    }

    /** For operators, over HTTP. */
    String shown() {
      return symptom.shown() + counted();
    }

    private String counted() {
      return " (messages that fail so: " + messages + ", of type " + type + ")";
    }
  }

  /**
   * A message that fails.
   *
   * @param changes how often its failure changed
   * @param sameType messages of its type handled by the consumer when it first failed
   * @param any messages handled when it first failed
   * @param sameTypeAtLast messages of its type handled when it last failed
   * @param anyAtLast messages handled when it last failed
   */
  private record Suspect(
      String aggregate,
      Alike alike,
      int attempts,
      int changes,
      Failing failing,
      long sameType,
      long any,
      long sameTypeAtLast,
      long anyAtLast) {
    boolean isCountedWith(Suspect other) {
      return alike.equals(other.alike) && aggregate.equals(other.aggregate);
    }
  }

  private record Failing(long sinceNanos, long lastNanos) {
    boolean isOver(long nowNanos) {
      return nowNanos - lastNanos > FORGOTTEN_AFTER.toNanos();
    }

    Failing again(long nowNanos) {
      return new Failing(isOver(nowNanos) ? nowNanos : sinceNanos, nowNanos);
    }
  }

  private final int attempts;
  private final Map<String, Suspect> suspects = new LinkedHashMap<>();
  private final AlikeFailures<Alike> failingAlike = new AlikeFailures<>();
  private final Map<Alike, Failing> failing = bounded();
  private final Map<Alike, Long> succeededAtNanos = bounded();
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
        return size() > MAX_SUSPECTS;
      }
    };
  }

  /** Whether no message is a suspect. Forgets those whose failure is over. */
  boolean isEmpty(long nowNanos) {
    List<String> over =
        suspects.entrySet().stream()
            .filter(one -> one.getValue().failing().isOver(nowNanos))
            .map(Map.Entry::getKey)
            .toList();
    over.forEach(this::remove);
    return suspects.isEmpty();
  }

  /** Records that a message failed, in a transaction of its own. */
  void failed(String message, String aggregate, String type, Symptom symptom, long nowNanos) {
    Alike alike = new Alike(type, symptom);
    Failing first = new Failing(nowNanos, nowNanos);
    failing.merge(alike, first, (before, now) -> before.again(nowNanos));
    Suspect before = suspects.get(message);
    put(
        message,
        before == null || before.failing().isOver(nowNanos)
            ? suspect(aggregate, alike, 0, first)
            : again(before, aggregate, alike, nowNanos));
  }

  private Suspect suspect(String aggregate, Alike alike, int changes, Failing first) {
    long ofType = handledOfType.getOrDefault(alike.type(), 0L);
    return new Suspect(aggregate, alike, 1, changes, first, ofType, handled, ofType, handled);
  }

  // A changed failure is another failure. One that keeps changing counts as one failure; otherwise
  // the message would never use up its attempts.
  private Suspect again(Suspect before, String aggregate, Alike alike, long nowNanos) {
    boolean isSame = before.alike().equals(alike);
    if (!isSame && before.changes() < attempts) {
      return suspect(aggregate, alike, before.changes() + 1, new Failing(nowNanos, nowNanos));
    }
    return new Suspect(
        aggregate,
        alike,
        before.attempts() + 1,
        before.changes(),
        before.failing().again(nowNanos),
        before.sameType(),
        before.any(),
        handledOfType.getOrDefault(alike.type(), 0L),
        handled);
  }

  private void put(String message, Suspect suspect) {
    Suspect before = suspects.put(message, suspect);
    if (before != null && before.isCountedWith(suspect)) {
      return;
    }
    failingAlike.add(suspect.alike(), suspect.aggregate());
    if (before != null) {
      failingAlike.remove(before.alike(), before.aggregate());
    }
    if (suspects.size() > MAX_SUSPECTS) {
      remove(suspects.keySet().iterator().next());
    }
  }

  private void remove(String message) {
    Suspect suspect = suspects.remove(message);
    if (suspect != null) {
      failingAlike.remove(suspect.alike(), suspect.aggregate());
    }
  }

  /** Records that a message of this type was handled, or could have been. */
  void handled(String type) {
    handled++;
    handledOfType.merge(type, 1L, Long::sum);
    failing.keySet().removeIf(alike -> alike.type().equals(type));
  }

  /** Records that a message was handled. If it had failed before, its failure is intermittent. */
  void succeeded(String message, long nowNanos) {
    Suspect suspect = suspects.get(message);
    if (suspect != null && !suspect.failing().isOver(nowNanos)) {
      succeededAtNanos.put(suspect.alike(), nowNanos);
    }
    remove(message);
  }

  private boolean isIntermittent(Alike alike, long nowNanos) {
    Long passed = succeededAtNanos.get(alike);
    return passed != null && nowNanos - passed < INTERMITTENT_FOR.toNanos();
  }

  /** Records that a message is settled: a duplicate, or parked. */
  void settled(String message) {
    remove(message);
  }

  /** Whether enough messages of the suspect's type were handled since it first failed. */
  boolean hasEvidence(String message, long nowNanos) {
    Suspect suspect = suspects.get(message);
    return suspect != null
        && !isIntermittent(suspect.alike(), nowNanos)
        && isEvidence(
            suspect, handledOfType.getOrDefault(suspect.alike().type(), 0L) - suspect.sameType());
  }

  // If many fail alike, a handled message may depend on less than they do.
  private boolean isEvidence(Suspect suspect, long handledSince) {
    return handledSince > 0 && handledSince > (long) HANDLED_PER_ALIKE * othersAlike(suspect);
  }

  /** Decides on a message that has just failed. */
  Verdict verdict(String message, long nowNanos) {
    Suspect suspect = suspects.get(message);
    if (suspect == null || suspect.attempts() < attempts) {
      return Verdict.RETRY;
    }
    if (!isIntermittent(suspect.alike(), nowNanos) && isAtFault(suspect, nowNanos)) {
      return Verdict.PARK;
    }
    // While others succeed, a common failure is known for a minute at most: its own time counts.
    Failing alike = failing.getOrDefault(suspect.alike(), suspect.failing());
    long since = Math.min(alike.sinceNanos(), suspect.failing().sinceNanos());
    return nowNanos - since >= BLOCKED_AT_MOST.toNanos() ? Verdict.PARK : Verdict.WAIT;
  }

  // If others fail alike, more attempts show whether the failure is intermittent.
  private int attemptsOf(Suspect suspect) {
    return othersAlike(suspect) == 0 ? attempts : ATTEMPTS_IF_ALIKE * attempts;
  }

  private boolean isAtFault(Suspect suspect, long nowNanos) {
    // It failed, others of its type were handled, and it failed again.
    if (suspect.attempts() >= attemptsOf(suspect)
        && isEvidence(suspect, suspect.sameTypeAtLast() - suspect.sameType())) {
      return true;
    }
    return suspect.anyAtLast() - suspect.any() >= OTHERS_HANDLED
        && nowNanos - suspect.failing().sinceNanos() >= ALONE_AT_MOST.toNanos()
        && othersAlike(suspect) == 0;
  }

  /** The number of other aggregates with a message that fails alike. */
  private int othersAlike(Suspect suspect) {
    return failingAlike.others(suspect.alike(), suspect.aggregate());
  }

  /** How most of the suspects fail, and how many do. */
  Optional<Summary> summary() {
    Map<Alike, Integer> counts = new HashMap<>();
    suspects.values().forEach(suspect -> counts.merge(suspect.alike(), 1, Integer::sum));
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(most -> new Summary(most.getKey().symptom(), most.getValue(), most.getKey().type()));
  }
}
