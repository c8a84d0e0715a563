package dev.converge.order.saga;

import dev.converge.order.domain.OrderStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What comes of a signal. */
public sealed interface SagaDecision {

  /** A message to send. */
  record Send(String topic, Record payload) {}

  /**
   * The saga moves.
   *
   * @param outcome how the order ends, if this ends it
   */
  record Advanced(SagaInstance next, List<Send> sends, @Nullable OrderStatus outcome)
      implements SagaDecision {}

  /** A signal that changes nothing: late, a duplicate, or done already. Counted, never thrown. */
  record Ignored(String why) implements SagaDecision {}

  /** A request that comes too late to be granted. */
  record Refused(String why) implements SagaDecision {}
}
