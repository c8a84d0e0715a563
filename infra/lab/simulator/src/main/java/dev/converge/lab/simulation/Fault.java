package dev.converge.lab.simulation;

/** A kind of fault, and its maximum rate. */
enum Fault {
  /** A process crashes at one of its crash points. */
  CRASH(80),
  /** A client's request or the response is lost. */
  LOST_PACKET(150),
  /** A connection to a database breaks before the commit. */
  LOST_CONNECTION(50),
  /** The answer to a commit is lost. */
  LOST_COMMIT_ANSWER(50),
  /** A request or a record is duplicated. */
  DUPLICATE(150),
  /** An event is delayed. */
  DELAY(300),
  /** A group rebalances while batches are in progress. */
  REBALANCE(80),
  /** A foreign producer writes a record that cannot be decoded. */
  POISON(10),
  /** A message triggers a bug in its consumer, until an operator replays it. */
  TROUBLE(60),
  /** The provider answers with an error and does nothing. */
  PROVIDER_ERROR(900),
  /** The provider acts, and its answer is lost. */
  PROVIDER_ANSWER_LOST(900),
  /** A clock jumps ahead or back. */
  CLOCK_JUMP(10);

  private final int maxPerMille;

  Fault(int maxPerMille) {
    this.maxPerMille = maxPerMille;
  }

  int maxPerMille() {
    return maxPerMille;
  }
}
