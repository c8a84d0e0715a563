package dev.converge.commitment;

import static dev.converge.commitment.TestServers.INVENTORY;
import static dev.converge.commitment.TestServers.PAYMENT;
import static java.util.Objects.requireNonNull;

import dev.converge.commitment.postgres.PreparedBranches;
import dev.converge.commitment.postgres.TriedBranches;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocols;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Two participants in this process, inventory and payment, each on a server of its own, with a
 * network between them and the coordinator that can lose what is sent.
 */
final class TestParticipants implements Coordinator.Participants {
  private final TestServers servers;
  private final Function<GlobalId, Future<Decision>> register;
  private final Map<String, Participation> byName = new HashMap<>();
  private final Set<String> unreachable = ConcurrentHashMap.newKeySet();
  private final Set<String> lost = ConcurrentHashMap.newKeySet();
  private volatile boolean registerReachable = true;
  final Instruments instruments = Instruments.none();

  /**
   * @param register proposes abort, and returns the registered decision
   */
  TestParticipants(TestServers servers, Function<GlobalId, Future<Decision>> register) {
    this.servers = servers;
    this.register = register;
    for (String name : List.of(INVENTORY, PAYMENT)) {
      byName.put(name, participation(name));
    }
  }

  private Participation participation(String name) {
    Branches prepared =
        new PreparedBranches(servers.workingPoolOf(name), servers.poolOf(name), new StockWork());
    Branches tried = new TriedBranches(servers.poolOf(name), new StockWork());
    Map<String, Participant> byProtocol = new HashMap<>();
    for (String protocol : Protocols.names()) {
      byProtocol.put(
          protocol,
          new Participant(
              Protocols.named(protocol).orElseThrow(),
              protocol.equals(Protocols.TRY_CONFIRM_CANCEL) ? tried : prepared,
              new Asking(name),
              instruments));
    }
    return new Participation(name, byProtocol);
  }

  Participation of(String name) {
    return requireNonNull(byName.get(name));
  }

  /** Cuts a participant off from all others. */
  void cut(String participant) {
    unreachable.add(participant);
  }

  /** Loses a kind of requests to a participant. */
  void lose(String participant, BranchEvent request) {
    lost.add(participant + request);
  }

  void heal() {
    unreachable.clear();
    lost.clear();
  }

  void registerReachable(boolean reachable) {
    registerReachable = reachable;
  }

  BranchState state(String name, GlobalId id) {
    return TestServers.await(of(name).of(id).orElseThrow().state(id));
  }

  double divergences() {
    return instruments.meters().find("commitment.divergences").counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  @Override
  public Future<BranchState> request(Coordinator.Request request) {
    String name = request.participant();
    return unreachable.contains(name) || lost.contains(name + request.event())
        ? Future.failedFuture(name + " is unreachable")
        : of(name).request(request);
  }

  private final class Asking implements Participant.Others {
    private final String self;

    Asking(String self) {
      this.self = self;
    }

    @Override
    public Future<Decision> proposeAbort(GlobalId id, Context trace) {
      return registerReachable && !unreachable.contains(self)
          ? register.apply(id)
          : Future.failedFuture("the register is unreachable");
    }

    @Override
    public Future<List<BranchState>> peers(GlobalId id, Context trace) {
      List<Future<BranchState>> asked = new ArrayList<>();
      for (String peer : id.participants()) {
        if (!peer.equals(self) && !unreachable.contains(self) && !unreachable.contains(peer)) {
          asked.add(of(peer).of(id).orElseThrow().state(id));
        }
      }
      return Future.all(asked).map(all -> all.list());
    }
  }
}
