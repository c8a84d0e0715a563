package dev.converge.order.saga;

/** What can happen to a saga. */
public sealed interface SagaSignal {
  /** As it stands in the timeline. */
  String name();

  /** A participant has replied. */
  record Replied(Record reply) implements SagaSignal {
    @Override
    public String name() {
      return reply.getClass().getSimpleName();
    }
  }

  /** The awaited reply has not come in time. */
  record DeadlinePassed() implements SagaSignal {
    @Override
    public String name() {
      return "DeadlinePassed";
    }
  }

  /** The customer calls the order off. */
  record CancelRequested() implements SagaSignal {
    @Override
    public String name() {
      return "CancelRequested";
    }
  }

  /** An operator has a stuck saga try again. */
  record RetryRequested() implements SagaSignal {
    @Override
    public String name() {
      return "RetryRequested";
    }
  }

  /** An operator vouches for what a stuck saga awaits: it goes on as if the reply had come. */
  record SkipRequested() implements SagaSignal {
    @Override
    public String name() {
      return "SkipRequested";
    }
  }

  /** An operator gives up a step after the pivot, and has a stuck saga undo what was done. */
  record CompensateRequested() implements SagaSignal {
    @Override
    public String name() {
      return "CompensateRequested";
    }
  }
}
