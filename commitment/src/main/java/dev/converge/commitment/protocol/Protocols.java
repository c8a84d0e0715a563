package dev.converge.commitment.protocol;

import dev.converge.commitment.protocol.ThreePhaseCommit.MissingAcknowledgement;
import java.util.Optional;
import java.util.Set;

/** The protocols by the short names that transactions have. */
public final class Protocols {
  /** Two-phase commit; the decision is a row of the coordinator's database. */
  public static final String TWO_PHASE = "2pc";

  /** Two-phase commit; the decision is registered with a majority of several nodes. */
  public static final String TWO_PHASE_QUORUM = "2pc-quorum";

  /** Three-phase commit with timeouts. */
  public static final String THREE_PHASE = "3pc";

  /** Three-phase commit in which a participant asks its peers before it decides. */
  public static final String THREE_PHASE_TERMINATION = "3pc-termination";

  /** Try, confirm, cancel. */
  public static final String TRY_CONFIRM_CANCEL = "tcc";

  private static final Set<String> NAMES =
      Set.of(TWO_PHASE, TWO_PHASE_QUORUM, THREE_PHASE, THREE_PHASE_TERMINATION, TRY_CONFIRM_CANCEL);

  private Protocols() {}

  /** All short names. */
  public static Set<String> names() {
    return NAMES;
  }

  /** The protocol with a short name. */
  public static Optional<Protocol> named(String name) {
    return named(name, MissingAcknowledgement.COMMITS);
  }

  /**
   * The protocol with a short name.
   *
   * @param missing the rule of three-phase commit; other protocols have no acknowledgement
   */
  public static Optional<Protocol> named(String name, MissingAcknowledgement missing) {
    return switch (name) {
      case TWO_PHASE -> Optional.of(TwoPhaseCommit.protocol());
      case TWO_PHASE_QUORUM -> Optional.of(TwoPhaseCommit.withQuorum());
      case TRY_CONFIRM_CANCEL -> Optional.of(TryConfirmCancel.protocol());
      case THREE_PHASE -> Optional.of(ThreePhaseCommit.withTimeouts(missing));
      case THREE_PHASE_TERMINATION -> Optional.of(ThreePhaseCommit.withTermination(missing));
      default -> Optional.empty();
    };
  }
}
