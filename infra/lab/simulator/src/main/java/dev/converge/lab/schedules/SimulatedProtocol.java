package dev.converge.lab.schedules;

import dev.converge.commitment.protocol.Protocol;
import dev.converge.commitment.protocol.Protocols;
import dev.converge.commitment.protocol.ThreePhaseCommit;
import dev.converge.commitment.protocol.ThreePhaseCommit.MissingAcknowledgement;
import dev.converge.commitment.protocol.TryConfirmCancel;
import dev.converge.commitment.protocol.TwoPhaseCommit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A protocol of the library, with the register that it uses. */
enum SimulatedProtocol {
  TCC(Protocols.TRY_CONFIRM_CANCEL, RegisterPlace.COORDINATOR),
  TWO_PHASE(Protocols.TWO_PHASE, RegisterPlace.COORDINATOR),
  TWO_PHASE_QUORUM(Protocols.TWO_PHASE_QUORUM, RegisterPlace.QUORUM),
  THREE_PHASE(Protocols.THREE_PHASE, RegisterPlace.NONE),
  /** The coordinator aborts on a missing acknowledgement, as some textbooks say. */
  THREE_PHASE_MIRROR("3pc-mirror", RegisterPlace.NONE),
  THREE_PHASE_TERMINATION(Protocols.THREE_PHASE_TERMINATION, RegisterPlace.NONE),
  THREE_PHASE_TERMINATION_MIRROR("3pc-termination-mirror", RegisterPlace.NONE);

  private static final Protocol TRIED = TryConfirmCancel.protocol();
  private static final Protocol TWO = TwoPhaseCommit.protocol();
  private static final Protocol WITH_QUORUM = TwoPhaseCommit.withQuorum();
  private static final Protocol THREE =
      ThreePhaseCommit.withTimeouts(MissingAcknowledgement.COMMITS);
  private static final Protocol THREE_MIRROR =
      ThreePhaseCommit.withTimeouts(MissingAcknowledgement.ABORTS);
  private static final Protocol TERMINATION =
      ThreePhaseCommit.withTermination(MissingAcknowledgement.COMMITS);
  private static final Protocol TERMINATION_MIRROR =
      ThreePhaseCommit.withTermination(MissingAcknowledgement.ABORTS);

  /** Where decisions are recorded. */
  enum RegisterPlace {
    /** In the coordinator's database: reachable while the coordinator is. */
    COORDINATOR,
    /** In a majority of three nodes. */
    QUORUM,
    NONE
  }

  private final String name;
  private final RegisterPlace register;

  SimulatedProtocol(String name, RegisterPlace register) {
    this.name = name;
    this.register = register;
  }

  static Optional<SimulatedProtocol> named(String name) {
    return Arrays.stream(values()).filter(known -> known.name.equals(name)).findFirst();
  }

  static List<String> names() {
    return Arrays.stream(values()).map(known -> known.name).toList();
  }

  /** As a request names it in {@code Converge-Protocol}. */
  String shortName() {
    return name;
  }

  Protocol protocol() {
    return switch (this) {
      case TCC -> TRIED;
      case TWO_PHASE -> TWO;
      case TWO_PHASE_QUORUM -> WITH_QUORUM;
      case THREE_PHASE -> THREE;
      case THREE_PHASE_MIRROR -> THREE_MIRROR;
      case THREE_PHASE_TERMINATION -> TERMINATION;
      case THREE_PHASE_TERMINATION_MIRROR -> TERMINATION_MIRROR;
    };
  }

  /** Whether its branches are reservations, whose effects are followed beside their states. */
  boolean reserves() {
    return this == TCC;
  }

  RegisterPlace register() {
    return register;
  }

  /** Whether the protocol promises atomicity there. */
  boolean isAtomicUnder(Network network) {
    return switch (this) {
      case TCC, TWO_PHASE, TWO_PHASE_QUORUM -> true;
      // Not even where the coordinator only crashes, between two of its precommits.
      case THREE_PHASE, THREE_PHASE_MIRROR -> false;
      // Only while each peer of a branch in doubt answers.
      case THREE_PHASE_TERMINATION, THREE_PHASE_TERMINATION_MIRROR ->
          network == Network.COORDINATOR_CRASHES;
    };
  }

  /** Whether the order is a prepared branch, too: its database does not hold the decision. */
  boolean preparesTheOrder() {
    return register != RegisterPlace.COORDINATOR;
  }

  /** The node that has the register; for a protocol without one, the coordinator. */
  String registerNode() {
    return register == RegisterPlace.QUORUM ? Setting.REGISTER : Setting.COORDINATOR;
  }
}
