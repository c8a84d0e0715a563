package dev.converge.lab.transactionmanager;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.converge.lab.schedule.FaultKind;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A fault of the run under load: those of the schedule that a transaction manager can have, and two
 * that only it has, which follow the schedule.
 */
public enum LoadFault {
  COORDINATOR_KILLED(FaultKind.COORDINATOR_KILLED, "the manager's process killed after PREPARE"),
  PARTICIPANT_KILLED(FaultKind.PARTICIPANT_KILLED, "the wallets' database killed after PREPARE"),
  PARTITION(FaultKind.PARTITION, "the wallets' database cut off after PREPARE"),
  ANSWERS_LOST(FaultKind.ANSWERS_LOST, "the wallets' database receives, and its answers are lost"),
  SLOW(FaultKind.SLOW, "each statement to the wallets' database takes 400 ms longer"),
  ZOMBIE(FaultKind.ZOMBIE, "the manager's process paused after PREPARE; no standby takes over"),
  DATABASE_PAUSED("pause", 8, 8, "the wallets' database paused after PREPARE"),
  /** The last: what it leaves is not repaired (pgjdbc #4438). */
  CONNECTIONS_TERMINATED("kill", 0, 12, "connections to the wallets terminated after PREPARE");

  private final @Nullable FaultKind kind;
  private final String band;
  private final int holdSeconds;
  private final int restSeconds;
  private final String says;

  LoadFault(FaultKind kind, String says) {
    this(kind, kind.style(), kind.leastHoldSeconds(), 0, says);
  }

  LoadFault(String band, int holdSeconds, int restSeconds, String says) {
    this(null, band, holdSeconds, restSeconds, says);
  }

  LoadFault(@Nullable FaultKind kind, String band, int holdSeconds, int restSeconds, String says) {
    this.kind = kind;
    this.band = band;
    this.holdSeconds = holdSeconds;
    this.restSeconds = restSeconds;
    this.says = says;
  }

  /** The fault that is this one of the schedule; empty if a transaction manager cannot have it. */
  static Optional<LoadFault> of(FaultKind kind) {
    return Arrays.stream(values()).filter(fault -> fault.kind == kind).findFirst();
  }

  /** Those that the schedule does not have. */
  static List<LoadFault> own() {
    return Arrays.stream(values()).filter(fault -> fault.kind == null).toList();
  }

  /**
   * Why a transaction manager cannot have a fault, or not all of it; empty if it can have all of
   * it.
   */
  static String limit(FaultKind kind) {
    return switch (kind) {
      case BROKER_DOWN ->
          "a purchase is a transaction over two databases, and no broker takes part";
      case PARTICIPANT_KILLED -> "the participants are the databases: there is no service to kill";
      case ZOMBIE ->
          "no standby takes over, because the manager's log belongs to one process: a second one"
              + " that recovers from it would end transactions that the first still decides";
      case COORDINATOR_KILLED, PARTITION, ANSWERS_LOST, SLOW -> "";
    };
  }

  /** The name in reports. */
  @JsonValue
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The CSS class of its band. */
  String band() {
    return band;
  }

  /** The least time for which it is held. */
  int holdSeconds() {
    return holdSeconds;
  }

  /** The time without faults after one that the schedule does not have. */
  int restSeconds() {
    return restSeconds;
  }

  /** Whether it must hit purchases between their votes and their end. */
  boolean hitsVotes() {
    return kind == null || kind.hitsVotes();
  }

  String says() {
    return says;
  }
}
