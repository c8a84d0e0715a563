package dev.converge.order.saga;

import dev.converge.order.domain.OrderStatus;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The decision on a signal to a saga. */
public sealed interface SagaDecision {

  /**
   * Applies the function for its kind. A new kind of decision is a new parameter here, so that no
   * caller compiles until it handles it.
   */
  <T> T match(
      Function<Advanced, T> advanced, Function<Ignored, T> ignored, Function<Refused, T> refused);

  /** A message to send. */
  record Send(String topic, SagaMessage payload) {}

  /**
   * The saga moves.
   *
   * @param outcome the order's final status, if this ends it
   */
  record Advanced(SagaInstance next, List<Send> sends, @Nullable OrderStatus outcome)
      implements SagaDecision {
    @Override
    public <T> T match(
        Function<Advanced, T> advanced,
        Function<Ignored, T> ignored,
        Function<Refused, T> refused) {
      return advanced.apply(this);
    }
  }

  /** The signal changes nothing: it is late, a duplicate, or already applied. Counted, no error. */
  record Ignored(String why) implements SagaDecision {
    @Override
    public <T> T match(
        Function<Advanced, T> advanced,
        Function<Ignored, T> ignored,
        Function<Refused, T> refused) {
      return ignored.apply(this);
    }
  }

  /** A request that the saga's state does not allow. */
  record Refused(String why) implements SagaDecision {
    @Override
    public <T> T match(
        Function<Advanced, T> advanced,
        Function<Ignored, T> ignored,
        Function<Refused, T> refused) {
      return refused.apply(this);
    }
  }
}
