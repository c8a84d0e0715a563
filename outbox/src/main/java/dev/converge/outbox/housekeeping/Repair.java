package dev.converge.outbox.housekeeping;

/** What the platform does by itself to an outbox that is not drained. */
enum Repair {
  /** Restart what of the connector has failed. */
  RESTART_FAILED,
  /** Restart a connector that runs without a task. */
  RESTART_CONNECTOR,
  /** Register a connector that is gone. */
  REGISTER,
  /** Make the publication, or add what it lacks. */
  REPAIR_PUBLICATION,
  /** Find out whether the slot can be decoded, and replace it where it cannot. */
  TEST_SLOT,
  /** Replace a slot at whose next row the task fails again and again. */
  REPLACE_SLOT
}
