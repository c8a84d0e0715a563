package dev.converge.lab.linearizability;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Decides the same as {@link Zones} by a search for an order of the operations in which each takes
 * effect between its start and its end, and each read shows the last write (J. M. Wing and C. Gong,
 * "Testing and Verifying Concurrent Objects", 1993). It visits no state twice (G. Lowe, "Testing
 * for Linearizability", 2017). It knows nothing of zones, needs no distinct values, and takes
 * exponential time at worst.
 */
public final class LinearizationSearch {
  /** The result of the search. */
  public enum Answer {
    LINEARIZABLE,
    NOT_LINEARIZABLE,
    /** It has reached its bound. */
    UNKNOWN
  }

  /**
   * The operations that are ordered so far: those before the next one, except for some.
   *
   * @param left those before the next one that are not ordered
   */
  private record State(int next, List<Integer> left, long value) {}

  private final List<Operation> history;
  private final int mostStates;
  private final Set<State> seen = new HashSet<>();
  private final Deque<State> open = new ArrayDeque<>();

  private LinearizationSearch(List<Operation> history, int mostStates) {
    this.history = new ArrayList<>(history);
    this.history.sort(Comparator.comparingLong(Operation::start));
    this.mostStates = mostStates;
  }

  /**
   * Searches for an order.
   *
   * @param mostStates to visit
   */
  public static Answer of(List<Operation> history, int mostStates) {
    return new LinearizationSearch(history, mostStates).search();
  }

  private Answer search() {
    reach(new State(0, List.of(), Operation.INITIAL));
    while (!open.isEmpty()) {
      State state = open.removeLast();
      if (isComplete(state)) {
        return Answer.LINEARIZABLE;
      }
      if (seen.size() > mostStates) {
        return Answer.UNKNOWN;
      }
      continueFrom(state);
    }
    return Answer.NOT_LINEARIZABLE;
  }

  private void reach(State state) {
    if (seen.add(state)) {
      open.addLast(state);
    }
  }

  /** Whether only writes without an answer are left: they need not have happened. */
  private boolean isComplete(State state) {
    return state.left().stream().allMatch(at -> history.get(at).isPending())
        && history.subList(state.next(), history.size()).stream().allMatch(Operation::isPending);
  }

  private void continueFrom(State state) {
    List<Integer> possible = possible(state);
    for (int at : possible) {
      Operation operation = history.get(at);
      if (!operation.isWrite() && operation.value() == state.value()) {
        // It changes nothing: what may follow without it may follow after it as well.
        reach(after(state, at));
        return;
      }
    }
    for (int at : possible) {
      if (history.get(at).isWrite()) {
        reach(after(state, at));
      }
    }
  }

  /** The operations that may be next: each began before any other one that is left ended. */
  private List<Integer> possible(State state) {
    List<Integer> possible = new ArrayList<>();
    long firstEnd = Long.MAX_VALUE;
    for (int at : state.left()) {
      if (history.get(at).start() <= firstEnd) {
        possible.add(at);
        firstEnd = Math.min(firstEnd, history.get(at).end());
      }
    }
    // Sorted by start: once one begins after the first end, so do all that follow.
    for (int at = state.next(); at < history.size() && history.get(at).start() <= firstEnd; at++) {
      possible.add(at);
      firstEnd = Math.min(firstEnd, history.get(at).end());
    }
    return possible;
  }

  private State after(State state, int at) {
    List<Integer> left = new ArrayList<>(state.left());
    if (at < state.next()) {
      left.remove(Integer.valueOf(at));
    } else {
      for (int skipped = state.next(); skipped < at; skipped++) {
        left.add(skipped);
      }
    }
    Operation operation = history.get(at);
    return new State(
        Math.max(state.next(), at + 1),
        List.copyOf(left),
        operation.isWrite() ? operation.value() : state.value());
  }
}
