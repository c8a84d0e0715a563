package dev.converge.lab.protocols;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The faults of the schedule, in their standard order. */
enum FaultKind {
  COORDINATOR_KILLED(
      "kill", 12, 4, 13, "order-service is killed between vote and decision, with no standby"),
  PARTICIPANT_KILLED("kill", 8, 3, 12, "payment-service and payment-db are killed"),
  PARTITION("link", 15, 4, 5, "payment is cut off from order and inventory"),
  ANSWERS_LOST("link", 10, 3, 5, "payment receives requests, and its answers are lost"),
  SLOW("link", 10, 3, 3, "each call of payment takes 400 ms longer"),
  BROKER_DOWN("kill", 10, 3, 4, "Kafka is killed"),
  ZOMBIE("pause", 8, 4, 5, "order-service is paused after the votes; its standby takes over");

  private final String style;
  private final int holdSeconds;
  private final int leastHoldSeconds;
  private final int restSeconds;
  private final String says;

  FaultKind(String style, int holdSeconds, int leastHoldSeconds, int restSeconds, String says) {
    this.style = style;
    this.holdSeconds = holdSeconds;
    this.leastHoldSeconds = leastHoldSeconds;
    this.restSeconds = restSeconds;
    this.says = says;
  }

  /** The name in options and reports. */
  @JsonValue
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The fault, in words. */
  String says() {
    return says;
  }

  /** The CSS class of its band. */
  String style() {
    return style;
  }

  /** How long it is held in a schedule of three minutes. */
  int holdSeconds() {
    return holdSeconds;
  }

  /** The shortest time in which it shows its effect: timeouts of the protocols must pass. */
  int leastHoldSeconds() {
    return leastHoldSeconds;
  }

  /** The time without faults after it in a schedule of three minutes. */
  int restSeconds() {
    return restSeconds;
  }

  /** Whether a process that answers clients fails. */
  boolean isOfOrderService() {
    return this == COORDINATOR_KILLED || this == ZOMBIE;
  }

  /** The fault of that name. */
  static FaultKind of(String id) {
    return Arrays.stream(values())
        .filter(kind -> kind.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no fault " + id));
  }

  static List<String> ids() {
    return Arrays.stream(values()).map(FaultKind::id).toList();
  }
}
