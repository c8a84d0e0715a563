package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchAction;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.PeerStates;
import dev.converge.commitment.protocol.Protocol;
import dev.converge.commitment.protocol.TransitionTable.Transition;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies a protocol's rules to the branches of one participant. The state is that of the database:
 * an event reads it, acts by the rule, and answers with the state that stands afterwards.
 */
public final class Participant {
  private static final Logger LOG = LoggerFactory.getLogger(Participant.class);
  private static final JsonObject NO_REQUEST = new JsonObject();

  /** Whom a participant in doubt asks. */
  public interface Others {
    /** Proposes abort to the register of decisions: commit or abort, whichever stands. */
    Future<BranchEvent> proposeAbort(GlobalId id);

    /** The states of the other participants; those that do not answer are absent. */
    Future<List<BranchState>> peers(GlobalId id);
  }

  private final Protocol protocol;
  private final Branches branches;
  private final Others others;

  public Participant(Protocol protocol, Branches branches, Others others) {
    this.protocol = protocol;
    this.branches = branches;
    this.others = others;
  }

  /**
   * The work and the vote.
   *
   * @return prepared for a vote of yes; any other state, or {@link RefusedException}, for no
   */
  public Future<BranchState> prepare(GlobalId id, JsonObject request) {
    return apply(id, BranchEvent.PREPARE, request);
  }

  /** Applies an event to a branch. The state that stands afterwards. */
  public Future<BranchState> on(GlobalId id, BranchEvent event) {
    return apply(id, event, NO_REQUEST);
  }

  /** The state of a branch. */
  public Future<BranchState> state(GlobalId id) {
    return branches.state(id);
  }

  private Future<BranchState> apply(GlobalId id, BranchEvent event, JsonObject request) {
    return branches.state(id).compose(state -> apply(id, event, request, state));
  }

  private Future<BranchState> apply(
      GlobalId id, BranchEvent event, JsonObject request, BranchState state) {
    Transition<BranchState, BranchAction> rule = protocol.participant().next(state, event);
    Future<Void> acted = Future.succeededFuture();
    for (BranchAction action : rule.actions()) {
      acted = acted.compose(before -> act(id, action, request));
    }
    // Read again where something was done: another instance may have been faster.
    return rule.actions().isEmpty() ? acted.map(state) : acted.compose(done -> branches.state(id));
  }

  private Future<Void> act(GlobalId id, BranchAction action, JsonObject request) {
    return switch (action) {
      case PREPARE_WORK -> branches.prepare(id, request);
      case RECORD_PRECOMMIT -> branches.recordPrecommit(id);
      case RECORD_ABORT -> branches.recordAbort(id);
      case COMMIT_WORK -> branches.commit(id);
      case ROLL_BACK -> branches.rollBack(id);
      case PROPOSE_ABORT -> proposeAbort(id);
      case ASK_PEERS -> askPeers(id);
      case REPORT_DIVERGENCE -> reportDivergence(id);
    };
  }

  private Future<Void> proposeAbort(GlobalId id) {
    return others
        .proposeAbort(id)
        .recover(cause -> unreachable(id, cause))
        .compose(decision -> on(id, decision))
        .mapEmpty();
  }

  private static Future<BranchEvent> unreachable(GlobalId id, Throwable cause) {
    LOG.warn("{}: the decision cannot be read: {}", id, String.valueOf(cause));
    return Future.succeededFuture(BranchEvent.DECISION_UNREACHABLE);
  }

  private Future<Void> askPeers(GlobalId id) {
    return others.peers(id).compose(states -> on(id, PeerStates.event(states))).mapEmpty();
  }

  private static Future<Void> reportDivergence(GlobalId id) {
    LOG.error("{}: this branch has ended differently from the decision", id);
    return Future.succeededFuture();
  }
}
