package dev.converge.commitment.protocol;

/**
 * The control of the experiments, and no protocol: the coordinator commits its own row and calls
 * the participants one after the other, without outbox and repair. A crash or a lost call between
 * two of these steps leaves them divergent forever.
 */
public final class DualWrite {
  private static final Step OWN_ROW =
      new Step(Phase.WRITING, Action.WRITE_OWN_ROW, Event.WRITTEN, Event.WRITE_FAILED);
  private static final Step CALLS =
      new Step(Phase.CALLING, Action.CALL_PARTICIPANTS, Event.ALL_CALLED, Event.CALL_FAILED);

  private DualWrite() {}

  /** How far a dual write is. */
  public enum Phase {
    NEW,
    WRITING,
    CALLING,
    DONE,
    /** One step failed; those before it stay. */
    GIVEN_UP
  }

  /** The events that a dual write reacts to. */
  public enum Event {
    BEGIN,
    WRITTEN,
    WRITE_FAILED,
    ALL_CALLED,
    CALL_FAILED
  }

  /** The actions of a dual write. */
  public enum Action {
    WRITE_OWN_ROW,
    CALL_PARTICIPANTS,
    ANSWER_DONE,
    ANSWER_FAILED
  }

  /** A step: in its phase, its action ends with one of its events. */
  private record Step(Phase phase, Action action, Event done, Event failed) {}

  /** The own row first: a failed call is a lost one. */
  public static TransitionTable<Phase, Event, Action> databaseFirst() {
    return inOrder(OWN_ROW, CALLS);
  }

  /** The calls first: a failed write leaves effects without an owner, phantoms. */
  public static TransitionTable<Phase, Event, Action> callFirst() {
    return inOrder(CALLS, OWN_ROW);
  }

  private static TransitionTable<Phase, Event, Action> inOrder(Step first, Step second) {
    return TransitionTable.<Phase, Event, Action>startingIn(Phase.NEW, Event.class)
        .in(Phase.NEW)
        .on(Event.BEGIN, first.phase(), first.action())
        .ignoresTheRest()
        .in(first.phase())
        .on(first.done(), second.phase(), second.action())
        .on(first.failed(), Phase.GIVEN_UP, Action.ANSWER_FAILED)
        .ignoresTheRest()
        .in(second.phase())
        .on(second.done(), Phase.DONE, Action.ANSWER_DONE)
        .on(second.failed(), Phase.GIVEN_UP, Action.ANSWER_FAILED)
        .ignoresTheRest()
        .in(Phase.DONE)
        .ignoresTheRest()
        .in(Phase.GIVEN_UP)
        .ignoresTheRest()
        .build();
  }
}
