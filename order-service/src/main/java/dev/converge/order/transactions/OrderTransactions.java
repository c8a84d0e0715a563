package dev.converge.order.transactions;

import dev.converge.commitment.Coordinator;
import dev.converge.commitment.Decisions;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.Outcome;
import dev.converge.commitment.Participation;
import dev.converge.commitment.Recovery.Announced;
import dev.converge.commitment.http.DecisionRoutes;
import dev.converge.commitment.postgres.DecisionTable;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocol;
import dev.converge.commitment.protocol.Protocols;
import dev.converge.commitment.protocol.ThreePhaseCommit.MissingAcknowledgement;
import dev.converge.order.application.TransactionRunner;
import dev.converge.order.domain.OrderProtocol;
import dev.converge.service.ServiceParts;
import dev.converge.service.transactions.TransactionParts;
import io.opentelemetry.context.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;

/**
 * The coordinators of orders, one for each protocol, and their registers of decisions. By 2pc and
 * tcc the decision is a row of this service's database, written with the order. By the others the
 * order is a branch.
 */
public final class OrderTransactions implements TransactionRunner {
  private static final String ORDER = "order";
  private static final List<String> OTHERS = List.of("inventory", "payment");

  private static final Duration RESEND = Duration.ofMillis(500);
  private static final Set<String> DECIDED_HERE =
      Set.of(Protocols.TWO_PHASE, Protocols.TRY_CONFIRM_CANCEL);

  private final TransactionParts parts;
  private final Pool pool;
  private final DecisionTable table;
  private final OrderBranch branch = new OrderBranch();
  private final Participation participation;
  private final Map<String, Coordinator> coordinators = new HashMap<>();

  public OrderTransactions(ServiceParts service) {
    this.parts = new TransactionParts(service, ORDER);
    this.pool = service.pool();
    this.table = new DecisionTable(service.pool());
    this.participation = parts.prepared(branch);
    Coordinator.Limits limits =
        new Coordinator.Limits(
            service.transactions().timeouts().votes(), RESEND, service.transactions().undecided());
    for (String protocol : Protocols.names()) {
      coordinators.put(protocol, coordinator(service.vertx(), protocol(protocol, service), limits));
    }
  }

  private static Protocol protocol(String name, ServiceParts service) {
    return Protocols.named(
            name,
            service.transactions().abortsUnacknowledged()
                ? MissingAcknowledgement.ABORTS
                : MissingAcknowledgement.COMMITS)
        .orElseThrow();
  }

  private Coordinator coordinator(Vertx vertx, Protocol protocol, Coordinator.Limits limits) {
    return new Coordinator(
        vertx,
        protocol,
        Coordinator.Participants.byName(
            Map.of(ORDER, participation, "inventory", parts.client(), "payment", parts.client())),
        limits,
        parts.instruments());
  }

  @Override
  public GlobalId id(OrderProtocol protocol, UUID orderId) {
    List<String> participants = new ArrayList<>(OTHERS);
    if (!protocol.isDualWrite() && !DECIDED_HERE.contains(protocol.label())) {
      participants.add(ORDER);
    }
    return new GlobalId(protocol.label(), orderId, participants);
  }

  @Override
  public Future<Outcome> run(
      GlobalId id,
      Map<String, JsonObject> requests,
      Function<SqlConnection, Future<Void>> ownWork,
      Context trace) {
    Coordinator coordinator = coordinators.get(id.protocol());
    if (coordinator == null) {
      return Future.failedFuture(new IllegalArgumentException("no coordinator of " + id));
    }
    if (DECIDED_HERE.contains(id.protocol())) {
      return coordinator.run(id, requests, new DecisionTable(pool, ownWork), trace);
    }
    return branch.offering(
        id, ownWork, () -> coordinator.run(id, requests, register(id.protocol()), trace));
  }

  private Decisions register(String protocol) {
    return protocol.equals(Protocols.TWO_PHASE_QUORUM) ? parts.quorum() : Decisions.none();
  }

  @Override
  public Future<Void> call(Coordinator.Request request) {
    return parts.client().request(request).mapEmpty();
  }

  @Override
  public Future<Map<String, Optional<BranchState>>> states(GlobalId id) {
    Map<String, Future<Optional<BranchState>>> asked = new TreeMap<>();
    for (String participant : id.participants()) {
      asked.put(participant, state(participant, id).map(Optional::of).otherwise(Optional.empty()));
    }
    return Future.all(List.copyOf(asked.values())).map(all -> answered(asked));
  }

  private static Map<String, Optional<BranchState>> answered(
      Map<String, Future<Optional<BranchState>>> asked) {
    Map<String, Optional<BranchState>> states = new TreeMap<>();
    asked.forEach((participant, answer) -> states.put(participant, answer.result()));
    return states;
  }

  private Future<BranchState> state(String participant, GlobalId id) {
    return participant.equals(ORDER)
        ? participation.of(id).orElseThrow().state(id)
        : parts.client().state(participant, id, Context.root());
  }

  /** Adds the routes of the register and of this service's branches. */
  public void mount(Router router) {
    parts.mount(router, participation);
    new DecisionRoutes(Map.of(Protocols.TWO_PHASE, table, Protocols.TRY_CONFIRM_CANCEL, table))
        .mount(router);
  }

  /** The parts that end branches in doubt and announce open commits. */
  public List<Deployable> recovery() {
    List<Announced> announced = new ArrayList<>();
    DECIDED_HERE.forEach(protocol -> announced.add(new Announced(protocol, of(protocol), table)));
    announced.add(
        new Announced(Protocols.TWO_PHASE_QUORUM, of(Protocols.TWO_PHASE_QUORUM), parts.quorum()));
    return parts.recovery(participation, announced);
  }

  private Coordinator of(String protocol) {
    Coordinator coordinator = coordinators.get(protocol);
    if (coordinator == null) {
      throw new IllegalStateException("no coordinator of " + protocol);
    }
    return coordinator;
  }
}
