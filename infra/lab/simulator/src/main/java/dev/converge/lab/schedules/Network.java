package dev.converge.lab.schedules;

/** The faults of a schedule. */
enum Network {
  /**
   * Messages are neither late nor lost, and a timeout means that its cause has crashed: the
   * assumption of three-phase commit. The coordinator may crash between two of its sends, and stays
   * down. A participant that crashes is back before another one asks it.
   */
  COORDINATOR_CRASHES("coordinator crashes"),
  /**
   * The same, and a participant that has crashed may stay down: it receives nothing and answers no
   * one, until it starts again with what its database has.
   */
  CRASHES("crashes only"),
  /** No process crashes. Once, one participant is cut off from all others, until it heals. */
  PARTITION("a partition"),
  /** Messages are late, lost, repeated and reordered, timeouts fire early, processes crash. */
  ANY("anything");

  private final String words;

  Network(String words) {
    this.words = words;
  }

  /** As the command names it. */
  String words() {
    return words;
  }

  boolean isTimely() {
    return this != ANY;
  }

  /** Whether processes crash. */
  boolean hasCrashes() {
    return this != PARTITION;
  }
}
