package dev.converge.order.saga;

import java.util.function.Function;

/** A signal to a saga: a participant's reply, or one of the {@link Trigger}s. */
public sealed interface SagaSignal {
  /** Its name in the timeline. */
  String label();

  /**
   * Applies the function for its kind. A new kind of signal is a new parameter here, so that no
   * caller compiles until it handles it.
   */
  <T> T match(Function<Replied, T> replied, Function<Trigger, T> triggered);

  /** A participant has replied. */
  record Replied(SagaReply reply) implements SagaSignal {
    @Override
    public String label() {
      return reply.getClass().getSimpleName();
    }

    @Override
    public <T> T match(Function<Replied, T> replied, Function<Trigger, T> triggered) {
      return replied.apply(this);
    }
  }

  /** A signal without data. Dispatch with an exhaustive switch. */
  enum Trigger implements SagaSignal {
    /** The awaited reply did not arrive in time. */
    DEADLINE_PASSED("DeadlinePassed"),
    /** The customer cancels the order. */
    CANCEL_REQUESTED("CancelRequested"),
    /** An operator makes a stuck saga send its message again. */
    RETRY_REQUESTED("RetryRequested"),
    /**
     * An operator confirms the awaited step: a stuck saga continues as if the reply had arrived.
     */
    SKIP_REQUESTED("SkipRequested"),
    /** An operator gives up a step after the pivot: a stuck saga undoes the earlier steps. */
    COMPENSATE_REQUESTED("CompensateRequested"),
    /** The topic of the replies has a message that is not a reply. It never moves a saga. */
    OTHER_MESSAGE_RECEIVED("OtherMessageReceived");

    private final String label;

    Trigger(String label) {
      this.label = label;
    }

    @Override
    public String label() {
      return label;
    }

    @Override
    public <T> T match(Function<Replied, T> replied, Function<Trigger, T> triggered) {
      return triggered.apply(this);
    }
  }
}
