package dev.converge.lab.transactionmanager;

import com.fasterxml.jackson.annotation.JsonValue;

/** A fault of the run under load: those of the schedule that a transaction manager can have. */
public enum LoadFault {
  COORDINATOR_KILLED("coordinator-killed", "kill", 8, 8, "the manager's process killed after PREPARE"),
  PARTICIPANT_KILLED(
      "participant-killed", "database", 6, 8, "the wallets' database killed after PREPARE"),
  PARTITION("partition", "link", 8, 8, "the wallets' database cut off after PREPARE"),
  DATABASE_PAUSED("database-paused", "pause", 8, 8, "the wallets' database paused after PREPARE"),
  /** The last: what it leaves is not repaired (pgjdbc #4438). */
  CONNECTIONS_TERMINATED(
      "connections-terminated", "kill", 0, 12, "connections to the wallets terminated after PREPARE");

  private final String id;
  private final String band;
  private final int holdSeconds;
  private final int restSeconds;
  private final String says;

  LoadFault(String id, String band, int holdSeconds, int restSeconds, String says) {
    this.id = id;
    this.band = band;
    this.holdSeconds = holdSeconds;
    this.restSeconds = restSeconds;
    this.says = says;
  }

  /** The name in reports. */
  @JsonValue
  String id() {
    return id;
  }

  /** The CSS class of its band. */
  String band() {
    return band;
  }

  int holdSeconds() {
    return holdSeconds;
  }

  int restSeconds() {
    return restSeconds;
  }

  String says() {
    return says;
  }
}
