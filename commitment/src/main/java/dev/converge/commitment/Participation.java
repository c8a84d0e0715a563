package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import io.vertx.core.Future;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A service's part in transactions: its name as a participant, and its rules by protocol. */
public final class Participation implements Coordinator.Participants {
  private final String name;
  private final Map<String, Participant> byProtocol;

  /**
   * @param name of the service in a {@link GlobalId}
   * @param byProtocol by the protocol's short name
   */
  public Participation(String name, Map<String, Participant> byProtocol) {
    this.name = name;
    this.byProtocol = Map.copyOf(byProtocol);
  }

  public String name() {
    return name;
  }

  /** The rules for a transaction; empty if it has no branch here, or an unknown protocol. */
  public Optional<Participant> of(GlobalId id) {
    return id.participants().contains(name)
        ? Optional.ofNullable(byProtocol.get(id.protocol()))
        : Optional.empty();
  }

  /** A request of a coordinator in this process. */
  @Override
  public Future<BranchState> request(Coordinator.Request request) {
    return of(request.id())
        .map(participant -> participant.request(request))
        .orElseGet(() -> notInvolved(request.id()));
  }

  /** Applies an event to a branch. */
  Future<BranchState> on(GlobalId id, BranchEvent event) {
    return of(id).map(participant -> participant.on(id, event)).orElseGet(() -> notInvolved(id));
  }

  /** Reports branches that have ended without a decision, and otherwise than their peers. */
  Future<Void> compareLoneEnds() {
    return Future.join(
            byProtocol.entrySet().stream()
                .map(each -> each.getValue().compareLoneEnds(each.getKey()))
                .toList())
        .mapEmpty();
  }

  private Future<BranchState> notInvolved(GlobalId id) {
    return Future.failedFuture(new IllegalArgumentException(name + " has no part in " + id));
  }

  /** The branches, each once: several protocols share them. */
  Set<Branches> branches() {
    Set<Branches> each = Collections.newSetFromMap(new IdentityHashMap<>());
    byProtocol.values().forEach(participant -> each.add(participant.branches()));
    return each;
  }
}
