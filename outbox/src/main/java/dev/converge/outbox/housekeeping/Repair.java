package dev.converge.outbox.housekeeping;

/** A repair of an outbox that is not drained. */
enum Repair {
  /** Restart the failed parts of the connector. */
  RESTART_FAILED,
  /** Restart a connector that runs without a task. */
  RESTART_CONNECTOR,
  /** Register a missing connector. */
  REGISTER,
  /** Create or complete the publication. */
  REPAIR_PUBLICATION,
  /** Create the topic of the connector's heartbeats if it does not exist. */
  CREATE_HEARTBEAT_TOPIC,
  /** Test whether the slot can be decoded, and replace it if not. */
  TEST_SLOT,
  /** Replace a slot at whose next record the task fails repeatedly. */
  REPLACE_SLOT
}
