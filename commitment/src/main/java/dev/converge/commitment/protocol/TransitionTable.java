package dev.converge.commitment.protocol;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * The rules of a state machine: each state and event has exactly one rule. Immutable.
 *
 * @param <S> its states
 * @param <E> its events
 * @param <A> its actions
 */
public final class TransitionTable<S extends Enum<S>, E extends Enum<E>, A extends Enum<A>> {
  private final S initial;
  private final Map<S, Map<E, Transition<S, A>>> rules;

  /** The state after an event, and what to do. */
  public record Transition<S, A>(S next, List<A> actions) {
    public Transition {
      actions = List.copyOf(actions);
    }
  }

  private TransitionTable(S initial, Map<S, Map<E, Transition<S, A>>> rules) {
    this.initial = initial;
    this.rules = rules;
  }

  /** A table that starts in a state. */
  static <S extends Enum<S>, E extends Enum<E>, A extends Enum<A>> Builder<S, E, A> startingIn(
      S initial, Class<E> events) {
    return new Builder<>(initial, events);
  }

  public S initial() {
    return initial;
  }

  /** The states that the protocol uses. */
  public Set<S> states() {
    return rules.keySet();
  }

  /** Whether the protocol has an event. */
  public boolean hasEvent(E event) {
    Map<E, Transition<S, A>> first = rules.get(initial);
    return first != null && first.containsKey(event);
  }

  /**
   * Applies the rule for a state and an event.
   *
   * @throws IllegalArgumentException if the protocol has no such state or event
   */
  public Transition<S, A> next(S state, E event) {
    Map<E, Transition<S, A>> ofState = rules.get(state);
    Transition<S, A> transition = ofState == null ? null : ofState.get(event);
    if (transition == null) {
      throw new IllegalArgumentException("no rule for " + event + " in " + state);
    }
    return transition;
  }

  /** Passes each rule that changes the state or acts. */
  void forEachRule(S from, BiConsumer<E, Transition<S, A>> rule) {
    rules
        .getOrDefault(from, Map.of())
        .forEach(
            (event, transition) -> {
              if (transition.next() != from || !transition.actions().isEmpty()) {
                rule.accept(event, transition);
              }
            });
  }

  /** Collects the rules, state by state. */
  static final class Builder<S extends Enum<S>, E extends Enum<E>, A extends Enum<A>> {
    private final S initial;
    private final EnumSet<E> events;
    private final EnumMap<S, Map<E, Transition<S, A>>> rules;
    private S current;

    private Builder(S initial, Class<E> events) {
      this.initial = initial;
      this.current = initial;
      this.events = EnumSet.allOf(events);
      this.rules = new EnumMap<>(initial.getDeclaringClass());
    }

    /** Events that the protocol does not have. */
    @SafeVarargs
    @SuppressWarnings("varargs") // The array is read, and not kept.
    final Builder<S, E, A> without(E... unused) {
      events.removeAll(List.of(unused));
      return this;
    }

    /** The rules that follow are those of this state. */
    Builder<S, E, A> in(S state) {
      current = state;
      return this;
    }

    /** On this event the machine moves and acts. */
    @SafeVarargs
    @SuppressWarnings("varargs") // The array is read, and not kept.
    final Builder<S, E, A> on(E event, S next, A... actions) {
      put(event, new Transition<>(next, List.of(actions)));
      return this;
    }

    /** On this event the machine acts and stays. */
    @SafeVarargs
    final Builder<S, E, A> stays(E event, A... actions) {
      return on(event, current, actions);
    }

    /** All events that have no rule yet change nothing in this state. */
    Builder<S, E, A> ignoresTheRest() {
      for (E event : events) {
        if (!rules.getOrDefault(current, Map.of()).containsKey(event)) {
          put(event, new Transition<>(current, List.of()));
        }
      }
      return this;
    }

    private void put(E event, Transition<S, A> transition) {
      Map<E, Transition<S, A>> ofState =
          rules.computeIfAbsent(current, state -> new EnumMap<>(event.getDeclaringClass()));
      require(events.contains(event), event + " is an event of the protocol");
      require(ofState.put(event, transition) == null, "one rule for " + event + " in " + current);
    }

    /**
     * The table.
     *
     * @throws IllegalArgumentException if a state and event have no rule or two
     */
    TransitionTable<S, E, A> build() {
      rules.forEach(
          (state, ofState) -> {
            require(ofState.keySet().equals(events), "a rule for each event in " + state);
            ofState
                .values()
                .forEach(rule -> require(rules.containsKey(rule.next()), "rules of " + rule));
          });
      return new TransitionTable<>(initial, rules);
    }

    private static void require(boolean holds, String expected) {
      if (!holds) {
        throw new IllegalArgumentException("not a transition table; expected: " + expected);
      }
    }
  }
}
