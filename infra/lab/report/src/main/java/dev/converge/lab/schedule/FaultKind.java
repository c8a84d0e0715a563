package dev.converge.lab.schedule;

import com.fasterxml.jackson.annotation.JsonValue;
import com.google.errorprone.annotations.Immutable;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The faults of the schedule, in their standard order. */
public enum FaultKind {
  COORDINATOR_KILLED(
      "kill",
      new Seconds(12, 4),
      new Seconds(13, 3),
      "order-service is killed between vote and decision; another instance answers clients"),
  PARTICIPANT_KILLED(
      "kill", new Seconds(8, 3), new Seconds(12, 5), "payment-service and payment-db are killed"),
  PARTITION(
      "link",
      new Seconds(15, 4),
      new Seconds(5, 0),
      "payment is cut off from order, inventory, Kafka and the quorum"),
  ANSWERS_LOST(
      "link",
      new Seconds(10, 3),
      new Seconds(5, 0),
      "payment receives requests and commands, and its answers and replies are lost"),
  SLOW(
      "link",
      new Seconds(10, 3),
      new Seconds(3, 0),
      "each call of payment takes 400 ms longer, each of its messages 250 ms"),
  BROKER_DOWN("kill", new Seconds(10, 3), new Seconds(4, 0), "Kafka is killed"),
  ZOMBIE(
      "pause",
      new Seconds(8, 4),
      new Seconds(5, 0),
      "order-service is paused after the votes; participants ask its other instance");

  /** The faults that leave half orders of a dual write, by construction. */
  public static final Set<FaultKind> BREAK_DUAL_WRITE =
      Collections.unmodifiableSet(EnumSet.of(COORDINATOR_KILLED, PARTICIPANT_KILLED, PARTITION));

  /** A time in a schedule of three minutes, and the least in any schedule. */
  @Immutable
  private record Seconds(int standard, int least) {}

  private final String style;
  private final Seconds hold;
  private final Seconds rest;
  private final String says;

  FaultKind(String style, Seconds hold, Seconds rest, String says) {
    this.style = style;
    this.hold = hold;
    this.rest = rest;
    this.says = says;
  }

  /** The name in options and reports. */
  @JsonValue
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The fault, in words. */
  public String says() {
    return says;
  }

  /** The CSS class of its band. */
  public String style() {
    return style;
  }

  /** How long it is held in a schedule of three minutes. */
  public int holdSeconds() {
    return hold.standard();
  }

  /** The shortest time in which it shows its effect: timeouts of the protocols must pass. */
  public int leastHoldSeconds() {
    return hold.least();
  }

  /** The time without faults after it in a schedule of three minutes. */
  public int restSeconds() {
    return rest.standard();
  }

  /** The shortest time after it: what was killed is started again on a quiet machine. */
  public int leastRestSeconds() {
    return rest.least();
  }

  /** Whether it must hit work between its votes and its decision. */
  public boolean hitsVotes() {
    return switch (this) {
      case COORDINATOR_KILLED, PARTICIPANT_KILLED, PARTITION, ZOMBIE -> true;
      case ANSWERS_LOST, SLOW, BROKER_DOWN -> false;
    };
  }

  /** The fault of that name. */
  public static FaultKind of(String id) {
    return Arrays.stream(values())
        .filter(kind -> kind.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no fault " + id));
  }

  /** The names of all faults. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(FaultKind::id).toList();
  }
}
