package dev.converge.lab.schedules;

import java.util.List;
import java.util.function.Function;

/**
 * One thing that can happen next.
 *
 * @param nodes those that take part: it cannot happen while one of them is down
 * @param effect the world afterwards; it describes itself to the story
 */
record Move<W>(Kind kind, List<String> nodes, Function<Story, W> effect) {
  Move {
    nodes = List.copyOf(nodes);
  }

  /** Why it happens. */
  enum Kind {
    /** A message arrives, or a proposal is answered. */
    PROGRESS,
    TIMEOUT,
    /** Only while there are faults. */
    FAULT
  }

  W apply(Story story) {
    return effect.apply(story);
  }
}
