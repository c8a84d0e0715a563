package dev.converge.lab.reads;

/** A fault of the nodes of order-db, or of the way to them. */
enum Fault {
  NONE("none", "no fault"),
  LATE("late", "both replicas replay 400 ms late"),
  REPLICA_CUT("replica cut", "the order service and one replica do not hear each other"),
  PRIMARY_CUT("primary cut", "the order service and the primary do not hear each other"),
  PRIMARY_KILLED("primary killed", "the primary is killed, and a standby promoted");

  /** How late replicas replay. */
  static final int LATE_MILLIS = 400;

  private final String says;
  private final String explains;

  Fault(String says, String explains) {
    this.says = says;
    this.explains = explains;
  }

  String says() {
    return says;
  }

  String explains() {
    return explains;
  }
}
