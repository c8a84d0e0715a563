package dev.converge.outbox.housekeeping;

import java.util.Locale;

/** Why an outbox is not drained. */
enum DrainCause {
  CONNECTOR_PAUSED,
  CONNECTOR_STOPPED,
  KAFKA_UNREACHABLE,
  CONNECT_UNREACHABLE,
  NO_CONNECTOR,
  NO_RIGHT,
  NO_PUBLICATION,
  PUBLICATION_INCOMPLETE,
  NO_SLOT,
  SLOT_FOREIGN,
  SLOT_LOST,
  CONNECTOR_FAILED,
  TASK_FAILED,
  NO_TASK,
  SLOT_INACTIVE,
  SLOT_NOT_ADVANCING,
  CONNECTOR_LAGGING,
  NOT_IN_TOPIC;

  /** As a metric's tag. */
  String tag() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
