package dev.converge.lab.schedules;

import java.util.List;
import java.util.Optional;

/**
 * A protocol between models of everything around it.
 *
 * @param <W> what a schedule has led to; its equality decides which schedules are the same
 */
interface Model<W> {
  /** After the client's request. */
  W begin(Story story);

  /** The next events, always in the same order. */
  List<Move<W>> moves(W world);

  /** The violations so far, independent of what follows. */
  Optional<Violation> violation(W world);
}
