package dev.converge.outbox.reconciler;

/** The checks of the reconciler, by the name of their finding. */
enum Check {
  /** The slot is gone, was invalidated, or was recreated. */
  SLOT("outbox-slot"),
  /** Topics are absent, were recreated, or have lost records. */
  TOPICS("outbox-topics"),
  /** The ids of rows that are missing from their topics and are published again. */
  ROWS("outbox-rows"),
  /** The ids of rows that are missing from their topics and cannot be published. */
  UNPUBLISHABLE("outbox-unpublishable"),
  /** Why the last round failed. */
  NOT_RECONCILED("outbox-not-reconciled");

  private final String id;

  Check(String id) {
    this.id = id;
  }

  /** Its name in findings and metrics. */
  String id() {
    return id;
  }
}
