package dev.converge.edge;

/** Why an attempt got no response from its replica. */
enum Failure {
  /** The replica refused the connection, or did not accept it in time. Nothing was sent. */
  NOT_CONNECTED("No replica accepted a connection; nothing was changed."),
  /** The connection ended before a response began. The replica may have done the work. */
  RESET("The replica closed the connection before it answered; the outcome is unknown."),
  /** No response began in time. The replica may still do the work. */
  TIMED_OUT("The replica did not answer in time; the outcome is unknown."),
  /** A limit of the edge: the replica has as many connections as it may have. */
  NO_CONNECTION_LEFT("More requests wait than can be served; nothing was changed."),
  /** The client closed its connection: there is no one to answer. */
  CLIENT_CLOSED("The client closed the connection.");

  private final String detail;

  Failure(String detail) {
    this.detail = detail;
  }

  /** Its explanation to the client. */
  String detail() {
    return detail;
  }

  /** Whether it is the replica's, and another may do better. */
  boolean isOfTheReplica() {
    return this == NOT_CONNECTED || this == RESET || this == TIMED_OUT;
  }
}
