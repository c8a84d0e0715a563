package dev.converge.edge;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Goal: an edge keeps clients from noticing a replica that fails, repeats only what is safe to
 * repeat, and passes everything else unchanged. Method: an edge before three replicas that answer,
 * shed, reset, hang or refuse, and that record what they receive. Both edges run the same tests.
 * Each test has an edge and replicas of its own.
 */
@Execution(ExecutionMode.CONCURRENT)
abstract class EdgeContract
    implements PolicyContract,
        HealthContract,
        RetryContract,
        MessagesContract,
        LimitContract,
        OperationContract {
  private final List<FakeReplica> replicas = new ArrayList<>();
  private final ExecutorService clients = Executors.newCachedThreadPool();
  private @Nullable RunningEdge edge;

  /** Starts an edge for POST /orders and other requests, before replicas on these ports. */
  abstract RunningEdge start(Settings settings, List<Integer> replicaPorts) throws Exception;

  @BeforeEach
  void startReplicas() throws IOException {
    for (String name : List.of("a", "b", "c")) {
      replicas.add(new FakeReplica(name));
    }
  }

  @AfterEach
  void stopAll() throws Exception {
    clients.shutdownNow();
    for (FakeReplica replica : replicas) {
      replica.close();
    }
    if (edge != null) {
      edge.end();
    }
  }

  @Override
  public void startEdge(Settings settings) throws Exception {
    edge = start(settings, replicas.stream().map(FakeReplica::port).toList());
    Awaitility.await("ready")
        .atMost(NOTICED_WITHIN)
        .ignoreExceptions()
        .until(() -> management("/readyz").status() == 200);
    // A second check begins after the first was judged. Envoy is ready before it has checked all.
    Awaitility.await("checks of each replica")
        .atMost(NOTICED_WITHIN)
        .until(() -> replicas.stream().allMatch(replica -> replica.checks() >= 2));
  }

  @Override
  public List<FakeReplica> replicas() {
    return replicas;
  }

  @Override
  public ExecutorService clients() {
    return clients;
  }

  @Override
  public RunningEdge edge() {
    return Objects.requireNonNull(edge, "no edge was started");
  }
}
