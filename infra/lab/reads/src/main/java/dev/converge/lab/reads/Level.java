package dev.converge.lab.reads;

/** A level of reads, as clients ask for it. */
enum Level {
  STRONG("strong", "strong"),
  SESSION("session", "session"),
  BOUNDED("bounded", "bounded;ms=" + Level.BOUND_MILLIS),
  EVENTUAL("eventual", "eventual");

  /** The bound of bounded reads. */
  static final int BOUND_MILLIS = 200;

  private final String says;
  private final String header;

  Level(String says, String header) {
    this.says = says;
    this.header = header;
  }

  String says() {
    return says;
  }

  /** The value of the request's header. */
  String header() {
    return header;
  }
}
