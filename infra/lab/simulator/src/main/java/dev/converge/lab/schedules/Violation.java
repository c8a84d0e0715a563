package dev.converge.lab.schedules;

/** How a schedule violates atomicity. */
enum Violation {
  DIFFERENT_ENDS("one branch has committed, another has aborted"),
  /** Of a dual write, whose effects are committed one by one. */
  PARTIAL_EFFECT("one effect is committed, another never is"),
  OTHER_THAN_ANSWERED("the client was answered otherwise"),
  COMMITTED_WITHOUT_A_VOTE("a branch has committed without a vote of yes of another"),
  /** Of try, confirm, cancel. */
  RESERVED_AFTER_CANCEL("a try has reserved after its cancel"),
  /** Of try, confirm, cancel. */
  SPENT_UNRESERVED("more is spent or returned than was reserved"),
  END_NOT_FINAL("a branch that had ended has changed"),
  IN_DOUBT_WHEN_QUIESCENT("a branch is in doubt when all are back and connected");

  private final String words;

  Violation(String words) {
    this.words = words;
  }

  /** Whether schedules are not followed beyond it: what comes after shows nothing more. */
  boolean endsASchedule() {
    return this == DIFFERENT_ENDS || this == SPENT_UNRESERVED;
  }

  String words() {
    return words;
  }
}
