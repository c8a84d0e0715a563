package dev.converge.lab.transactionmanager;

/** A fault, and when it strikes. */
enum Scenario {
  NO_FAULT(Moment.NONE, "No fault"),
  COORDINATOR_KILLED_BEFORE_ITS_DECISION(
      Moment.ALL_PREPARED, "Coordinator killed when all are prepared, before it has logged"),
  COORDINATOR_KILLED_AFTER_ITS_DECISION(
      Moment.BEFORE_FIRST_COMMIT, "Coordinator killed after it has logged, before a commit"),
  COORDINATOR_KILLED_BETWEEN_COMMITS(
      Moment.BEFORE_SECOND_COMMIT, "Coordinator killed between the two commits"),
  PARTICIPANT_DATABASE_KILLED(
      Moment.BEFORE_FIRST_COMMIT, "Wallet's database killed after PREPARE, back after 5 s"),
  PARTICIPANT_DATABASE_PAUSED(
      Moment.BEFORE_FIRST_COMMIT, "Wallet's database paused for 8 s after PREPARE"),
  BACKEND_TERMINATED_AFTER_PREPARE(
      Moment.BEFORE_FIRST_COMMIT, "Wallet's connection terminated after PREPARE (pgjdbc #4438)");

  private final Moment moment;
  private final String words;

  Scenario(Moment moment, String words) {
    this.moment = moment;
    this.words = words;
  }

  Moment moment() {
    return moment;
  }

  String words() {
    return words;
  }
}
