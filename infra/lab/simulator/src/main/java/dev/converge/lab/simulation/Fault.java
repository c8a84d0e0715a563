package dev.converge.lab.simulation;

/** What may go wrong, and how often at most. */
enum Fault {
  /** A process dies, at one of its crash points. */
  CRASH(80),
  /** A client's request or its answer is lost. */
  LOST_PACKET(150),
  /** A connection to a database breaks before the commit. */
  LOST_CONNECTION(50),
  /** A commit takes place, but its answer is lost. */
  LOST_COMMIT_ANSWER(50),
  /** A request, or a record, comes twice. */
  DUPLICATE(150),
  /** Something takes its time. */
  DELAY(300),
  /** A group's partitions are assigned again while batches are in progress. */
  REBALANCE(80),
  /** A stranger writes a record that cannot be decoded. */
  POISON(10),
  /** A message meets a fault in its consumer's code, until an operator replays it. */
  TROUBLE(60),
  /** The provider answers with an error and does nothing. */
  PROVIDER_ERROR(900),
  /** The provider does its work, and its answer is lost. */
  PROVIDER_ANSWER_LOST(900),
  /** A clock leaps, ahead or back. */
  CLOCK_JUMP(10);

  private final int maxPerMille;

  Fault(int maxPerMille) {
    this.maxPerMille = maxPerMille;
  }

  int maxPerMille() {
    return maxPerMille;
  }
}
