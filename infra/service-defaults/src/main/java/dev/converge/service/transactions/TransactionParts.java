package dev.converge.service.transactions;

import dev.converge.commitment.BranchWork;
import dev.converge.commitment.Branches;
import dev.converge.commitment.Decision;
import dev.converge.commitment.Divergences;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.InDoubtBranches;
import dev.converge.commitment.Instruments;
import dev.converge.commitment.Participant;
import dev.converge.commitment.Participation;
import dev.converge.commitment.Recovery;
import dev.converge.commitment.Recovery.Announced;
import dev.converge.commitment.TriedWork;
import dev.converge.commitment.http.OperatorLog;
import dev.converge.commitment.http.ParticipantClient;
import dev.converge.commitment.http.ParticipantRoutes;
import dev.converge.commitment.http.RemoteOthers;
import dev.converge.commitment.http.ResolutionRoutes;
import dev.converge.commitment.postgres.BranchesInDoubt;
import dev.converge.commitment.postgres.DivergenceTable;
import dev.converge.commitment.postgres.PreparedBranches;
import dev.converge.commitment.postgres.TriedBranches;
import dev.converge.commitment.protocol.Protocols;
import dev.converge.commitment.zookeeper.DecisionNodes;
import dev.converge.service.ServiceParts;
import dev.converge.service.TransactionConfig;
import dev.converge.service.audit.Audit;
import io.opentelemetry.context.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.apache.curator.framework.CuratorFramework;

/** Creates the parts of a service that takes part in transactions. */
public final class TransactionParts {
  /** The controls of the experiments, which have no protocol. */
  private static final List<String> DUAL_WRITES = List.of("dual-write", "dual-write-call-first");

  private static final String ORDER = "order";
  private static final Duration RECOVERY_EVERY = Duration.ofMillis(500);
  private static final Duration RETENTION = Duration.ofDays(7);

  private final TransactionConfig config;
  private final String self;
  private final Pool working;
  private final Pool ending;
  private final Instruments instruments;
  private final ParticipantClient client;
  private final Duration lockTimeout;
  private final CuratorFramework zookeeper;
  private final DecisionNodes quorum;

  /**
   * @param self the service's name in transactions
   */
  public TransactionParts(ServiceParts parts, String self) {
    this.config = parts.transactions();
    this.self = self;
    this.working = parts.transactionPool("work");
    this.ending = parts.transactionPool("end");
    this.instruments = new Instruments(parts.tracer(), parts.meters());
    this.client =
        new ParticipantClient(
            parts.vertx(),
            config.services(),
            new ParticipantClient.Timeouts(config.timeouts().votes(), config.timeouts().http()));
    // Half, as LockTimeout.STANDARD of the standard timeout.
    this.lockTimeout = config.timeouts().votes().dividedBy(2);
    this.zookeeper = DecisionNodes.client(config.zookeeper());
    this.quorum = new DecisionNodes(parts.vertx(), zookeeper);
  }

  /** Requests to the services, over HTTP. */
  public ParticipantClient client() {
    return client;
  }

  /** The register of decisions that needs a majority of the quorum. */
  public DecisionNodes quorum() {
    return quorum;
  }

  public Instruments instruments() {
    return instruments;
  }

  /** Connections that end branches, and read them. */
  public Pool ending() {
    return ending;
  }

  /** Takes part by the protocols that prepare a transaction of the database. */
  public Participation prepared(BranchWork work) {
    return new Participation(self, preparedBy(work));
  }

  /** Takes part by every protocol. */
  public Participation everyProtocol(BranchWork work, TriedWork tried) {
    Map<String, Participant> byProtocol = preparedBy(work);
    Branches direct = new DirectBranches(working, work, lockTimeout);
    Branches tries = new TriedBranches(working, ending, tried, lockTimeout);
    byProtocol.put(Protocols.TRY_CONFIRM_CANCEL, participant(Protocols.TRY_CONFIRM_CANCEL, tries));
    DUAL_WRITES.forEach(name -> byProtocol.put(name, participant(Protocols.TWO_PHASE, direct)));
    return new Participation(self, byProtocol);
  }

  private Map<String, Participant> preparedBy(BranchWork work) {
    Branches branches = new PreparedBranches(working, ending, work, lockTimeout);
    Map<String, Participant> byProtocol = new TreeMap<>();
    for (String protocol :
        List.of(
            Protocols.TWO_PHASE,
            Protocols.TWO_PHASE_QUORUM,
            Protocols.THREE_PHASE,
            Protocols.THREE_PHASE_TERMINATION)) {
      byProtocol.put(protocol, participant(protocol, branches));
    }
    return byProtocol;
  }

  private Participant participant(String protocol, Branches branches) {
    return new Participant(
        Protocols.named(protocol).orElseThrow(),
        branches,
        new RemoteOthers(self, client, register(protocol)),
        instruments);
  }

  private BiFunction<GlobalId, Context, Future<Decision>> register(String protocol) {
    return protocol.equals(Protocols.TWO_PHASE_QUORUM)
        ? (id, trace) -> quorum.proposeAbort(id)
        : (id, trace) -> client.proposeAbort(ORDER, id, trace);
  }

  /**
   * The audit's check {@code transactions-diverged}: branches that have ended differently from
   * their decision, until an operator acknowledges them.
   */
  public static Audit.Check divergenceCheck(Pool pool) {
    return DivergenceCheck.of(pool);
  }

  /** Adds the routes of this service's branches, and what is common to all of transactions. */
  public void mount(Router router, Participation participation) {
    router.route(TransactionRequests.PATHS).handler(TransactionRequests::check);
    mount(
        router,
        participation,
        new BranchesInDoubt(ending),
        new DivergenceTable(ending),
        new ResolutionLog(ending));
  }

  /** The same without the other parts of a service. */
  public static void mount(
      Router router,
      Participation participation,
      InDoubtBranches inDoubt,
      Divergences divergences,
      OperatorLog log) {
    new ParticipantRoutes(participation, inDoubt, divergences).mount(router);
    new ResolutionRoutes(participation, divergences, log).mount(router);
  }

  /**
   * Creates what ends branches in doubt, and announces open commits.
   *
   * @param announced the coordinators of this service
   */
  public List<Deployable> recovery(Participation participation, List<Announced> announced) {
    return List.of(
        new ZooKeeperConnection(zookeeper),
        new Recovery(
            participation,
            announced,
            new Recovery.Timing(RECOVERY_EVERY, config.timeouts().inDoubt(), RETENTION),
            instruments));
  }
}
