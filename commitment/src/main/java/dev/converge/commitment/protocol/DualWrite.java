package dev.converge.commitment.protocol;

/**
 * The control of the experiments, and no protocol: the coordinator commits its own row and calls
 * the participants one after the other, without outbox and repair. A crash or a lost call between
 * two of these steps leaves them divergent forever.
 */
public final class DualWrite {
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

  /** The own row first: a failed call is a lost one. */
  public static TransitionTable<Phase, Event, Action> databaseFirst() {
    return TransitionTable.<Phase, Event, Action>startingIn(Phase.NEW, Event.class)
        .in(Phase.NEW)
        .on(Event.BEGIN, Phase.WRITING, Action.WRITE_OWN_ROW)
        .ignoresTheRest()
        .in(Phase.WRITING)
        .on(Event.WRITTEN, Phase.CALLING, Action.CALL_PARTICIPANTS)
        .on(Event.WRITE_FAILED, Phase.GIVEN_UP, Action.ANSWER_FAILED)
        .ignoresTheRest()
        .in(Phase.CALLING)
        .on(Event.ALL_CALLED, Phase.DONE, Action.ANSWER_DONE)
        .on(Event.CALL_FAILED, Phase.GIVEN_UP, Action.ANSWER_FAILED)
        .ignoresTheRest()
        .in(Phase.DONE)
        .ignoresTheRest()
        .in(Phase.GIVEN_UP)
        .ignoresTheRest()
        .build();
  }

  /** The calls first: a failed write leaves effects without an owner, phantoms. */
  public static TransitionTable<Phase, Event, Action> callFirst() {
    return TransitionTable.<Phase, Event, Action>startingIn(Phase.NEW, Event.class)
        .in(Phase.NEW)
        .on(Event.BEGIN, Phase.CALLING, Action.CALL_PARTICIPANTS)
        .ignoresTheRest()
        .in(Phase.CALLING)
        .on(Event.ALL_CALLED, Phase.WRITING, Action.WRITE_OWN_ROW)
        .on(Event.CALL_FAILED, Phase.GIVEN_UP, Action.ANSWER_FAILED)
        .ignoresTheRest()
        .in(Phase.WRITING)
        .on(Event.WRITTEN, Phase.DONE, Action.ANSWER_DONE)
        .on(Event.WRITE_FAILED, Phase.GIVEN_UP, Action.ANSWER_FAILED)
        .ignoresTheRest()
        .in(Phase.DONE)
        .ignoresTheRest()
        .in(Phase.GIVEN_UP)
        .ignoresTheRest()
        .build();
  }
}
