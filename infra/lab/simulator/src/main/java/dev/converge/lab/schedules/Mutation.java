package dev.converge.lab.schedules;

/** A deliberate mistake, in the simulator and never in the library. A search must find each. */
enum Mutation {
  /** A participant acknowledges the precommit and keeps it in memory only. */
  PRECOMMIT_NOT_LOGGED("3pc-termination"),
  /** An abort leaves no row, so work that arrives later is prepared. */
  NO_TOMBSTONE_AFTER_AN_ABORT("2pc"),
  /** A prepared branch whose timeout fires rolls back instead of asking. */
  ABORT_BY_TIMEOUT_WHILE_PREPARED("2pc"),
  /** The coordinator proposes its decision after a participant has committed. */
  DECISION_AFTER_THE_FIRST_COMMIT("2pc"),
  /**
   * A participant in doubt is answered "abort" where there is no decision, and nothing is recorded.
   */
  RESOLVER_WITHOUT_A_DECISION_ROW("2pc"),
  /** The register deletes an abort while a proposal of commit is still on its way. */
  ABORT_DELETED_TOO_EARLY("2pc-quorum"),
  /** A reservation that is old is returned by its participant alone. */
  EXPIRY_CANCELS_ALONE("tcc"),
  /** A cancel that finds no reservation leaves no row, so the late try reserves. */
  NO_TOMBSTONE_AFTER_AN_EMPTY_CANCEL("tcc"),
  /** A confirm that arrives again spends again. */
  CONFIRM_SPENDS_TWICE("tcc");

  private final String protocol;

  Mutation(String protocol) {
    this.protocol = protocol;
  }

  /** The protocol that it breaks unless another is named. */
  String protocol() {
    return protocol;
  }
}
