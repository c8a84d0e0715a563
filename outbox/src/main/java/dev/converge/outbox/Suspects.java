package dev.converge.outbox;

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
 * <p>A constraint, a trigger or a handler can refuse one message for its own sake, or every message
 * because the environment is broken. The failure looks the same; what tells the two apart is
 * whether other messages of the same type are handled meanwhile. A failure that comes and goes says
 * nothing against a message: while others that fail alike are handled when they are tried again,
 * all of them wait.
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

  /** How many times the attempts a message has where others fail alike. */
  private static final int ATTEMPTS_IF_ALIKE = 2;

  /** How long a failure counts as one that passes, after a message that failed so was handled. */
  static final Duration PASSING_FOR = Duration.ofMinutes(1);

  /** So many must be handled for each other aggregate that fails alike. */
  private static final int HANDLED_PER_ALIKE = 2;

  private static final int MOST = 10_000;

  /** How a message fails: two that fail alike have the type and the symptom in common. */
  private record Alike(String type, Symptom symptom) {}

  /** How most messages fail that are under suspicion. */
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
   * @param changes how often it failed in another way than before
   * @param sameType messages of its type handled by the consumer when it first failed
   * @param any messages handled when it first failed
   * @param sameTypeLately messages of its type handled when it last failed
   * @param anyLately messages handled when it last failed
   */
  private record Suspect(
      String aggregate,
      Alike alike,
      int attempts,
      int changes,
      Failing failing,
      long sameType,
      long any,
      long sameTypeLately,
      long anyLately) {
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
  private final Map<Alike, Long> passedAtNanos = bounded();
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
    List<String> over =
        suspects.entrySet().stream()
            .filter(one -> one.getValue().failing().isOver(nowNanos))
            .map(Map.Entry::getKey)
            .toList();
    over.forEach(this::remove);
    return suspects.isEmpty();
  }

  /** A message failed, in a transaction of its own. */
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

  // Where it fails in another way now, it is another failure. One that goes on changing is one
  // failure all the same: it would never have had its attempts.
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
    if (suspects.size() > MOST) {
      remove(suspects.keySet().iterator().next());
    }
  }

  private void remove(String message) {
    Suspect suspect = suspects.remove(message);
    if (suspect != null) {
      failingAlike.remove(suspect.alike(), suspect.aggregate());
    }
  }

  /** A message of this type was handled, or could have been: the environment admits that. */
  void handled(String type) {
    handled++;
    handledOfType.merge(type, 1L, Long::sum);
    failing.keySet().removeIf(alike -> alike.type().equals(type));
  }

  /** A message was handled. Where it had failed before, what it failed by passes by itself. */
  void succeeded(String message, long nowNanos) {
    Suspect suspect = suspects.get(message);
    if (suspect != null && !suspect.failing().isOver(nowNanos)) {
      passedAtNanos.put(suspect.alike(), nowNanos);
    }
    remove(message);
  }

  private boolean isPassing(Alike alike, long nowNanos) {
    Long passed = passedAtNanos.get(alike);
    return passed != null && nowNanos - passed < PASSING_FOR.toNanos();
  }

  /** A message is done with: seen before, or parked. */
  void settled(String message) {
    remove(message);
  }

  /** Whether messages of the suspect's type were handled since it first failed, and enough. */
  boolean hasEvidence(String message, long nowNanos) {
    Suspect suspect = suspects.get(message);
    return suspect != null
        && !isPassing(suspect.alike(), nowNanos)
        && isEvidence(
            suspect, handledOfType.getOrDefault(suspect.alike().type(), 0L) - suspect.sameType());
  }

  // Where many fail alike, one that was handled may have needed less than they do.
  private boolean isEvidence(Suspect suspect, long handledSince) {
    return handledSince > 0 && handledSince > (long) HANDLED_PER_ALIKE * othersAlike(suspect);
  }

  /** What follows for a message that has just failed. */
  Verdict verdict(String message, long nowNanos) {
    Suspect suspect = suspects.get(message);
    if (suspect == null || suspect.attempts() < attempts) {
      return Verdict.RETRY;
    }
    if (!isPassing(suspect.alike(), nowNanos) && isAtFault(suspect, nowNanos)) {
      return Verdict.PARK;
    }
    // While others pass, what fails alike is known for a minute at most: its own time counts then.
    Failing alike = failing.getOrDefault(suspect.alike(), suspect.failing());
    long since = Math.min(alike.sinceNanos(), suspect.failing().sinceNanos());
    return nowNanos - since >= BLOCKED_AT_MOST.toNanos() ? Verdict.PARK : Verdict.WAIT;
  }

  // Where others fail alike, more attempts find out whether what they fail by passes.
  private int attemptsOf(Suspect suspect) {
    return othersAlike(suspect) == 0 ? attempts : ATTEMPTS_IF_ALIKE * attempts;
  }

  private boolean isAtFault(Suspect suspect, long nowNanos) {
    // It failed, others like it were handled, and it failed again.
    if (suspect.attempts() >= attemptsOf(suspect)
        && isEvidence(suspect, suspect.sameTypeLately() - suspect.sameType())) {
      return true;
    }
    return suspect.anyLately() - suspect.any() >= OTHERS_HANDLED
        && nowNanos - suspect.failing().sinceNanos() >= ALONE_AT_MOST.toNanos()
        && othersAlike(suspect) == 0;
  }

  /** Other aggregates of which a message fails alike. */
  private int othersAlike(Suspect suspect) {
    return failingAlike.others(suspect.alike(), suspect.aggregate());
  }

  /** How most of the suspects fail, and how many these are. */
  Optional<Summary> summary() {
    Map<Alike, Integer> counts = new HashMap<>();
    suspects.values().forEach(suspect -> counts.merge(suspect.alike(), 1, Integer::sum));
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(most -> new Summary(most.getKey().symptom(), most.getValue(), most.getKey().type()));
  }
}
