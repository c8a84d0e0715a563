package dev.converge.commitment.zookeeper;

import dev.converge.commitment.Decision;
import dev.converge.commitment.Decisions;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.Instruments;
import dev.converge.commitment.Spans;
import dev.converge.commitment.Traceparent;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.BackgroundCallback;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.retry.RetryNTimes;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;

/**
 * The register of decisions as nodes that are created once, in an ensemble of ZooKeeper. The first
 * creation of a node succeeds; a later one learns that the node exists, and reads it. A majority of
 * the servers suffices. The coordinator's own work is a prepared branch like any other.
 *
 * <p>A decision is {@code /commitment/decisions/<shard>/<gid>}. A commit also creates {@code
 * /commitment/open/<gid>}, in the same transaction, with the {@code traceparent} of the proposal;
 * it is deleted when every participant has committed. Decisions that are not open are deleted one
 * hour after their creation. No commit is proposed that late: see {@code Coordinator.Limits}.
 */
public final class DecisionNodes implements Decisions {
  private static final String DECISIONS = "/commitment/decisions/";
  private static final String OPEN = "/commitment/open";

  // The names in spans.
  private static final String REGISTER = "register";
  private static final String READ_DECISION = "READ_DECISION";

  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration RETENTION = Duration.ofHours(1);

  // A list of child nodes has to fit into one answer of 1 MB: some 10,000 names.
  private static final int SHARDS = 256;
  private static final int SHARDS_PRUNED_AT_A_TIME = 16;

  private static final int SESSION_TIMEOUT_MS = 6_000;
  private static final int CONNECTION_TIMEOUT_MS = 2_000;
  private static final int RETRIES = 3;
  private static final int RETRY_AFTER_MS = 200;

  private final Vertx vertx;
  private final CuratorFramework zookeeper;
  private final Duration retention;
  private final Spans spans;
  private int prunedShards;

  /** An operation that runs in the background. */
  @FunctionalInterface
  private interface Operation {
    // Curator declares it, although nothing that runs in the background throws it.
    @SuppressWarnings("PMD.SignatureDeclareThrowsException")
    Object start(BackgroundCallback callback) throws Exception;
  }

  public DecisionNodes(Vertx vertx, CuratorFramework zookeeper, Instruments instruments) {
    this(vertx, zookeeper, RETENTION, instruments);
  }

  DecisionNodes(
      Vertx vertx, CuratorFramework zookeeper, Duration retention, Instruments instruments) {
    this.spans = new Spans(instruments.tracer());
    this.vertx = vertx;
    this.zookeeper = zookeeper;
    this.retention = retention;
  }

  /**
   * A client of an ensemble, started. Its retries are bounded, so that no proposal waits for a
   * connection for long.
   *
   * @param servers such as {@code host:port,host:port,host:port}
   */
  public static CuratorFramework client(String servers) {
    CuratorFramework client =
        CuratorFrameworkFactory.builder()
            .connectString(servers)
            .sessionTimeoutMs(SESSION_TIMEOUT_MS)
            .connectionTimeoutMs(CONNECTION_TIMEOUT_MS)
            .retryPolicy(new RetryNTimes(RETRIES, RETRY_AFTER_MS))
            .build();
    client.start();
    return client;
  }

  @Override
  public Future<Decision> proposeCommit(GlobalId id, Context trace) {
    return propose(id, Decision.COMMIT, trace).timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public Future<Decision> proposeAbort(GlobalId id, Context trace) {
    return propose(id, Decision.ABORT, trace).timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Future<Decision> propose(GlobalId id, Decision decision, Context trace) {
    Spans.nameReceiver(trace, REGISTER);
    return create(id, decision, trace)
        .compose(
            event ->
                hasCode(event, Code.NONODE)
                    ? createParents(id).compose(made -> create(id, decision, trace))
                    : Future.succeededFuture(event))
        .compose(
            event ->
                hasCode(event, Code.NODEEXISTS)
                    ? read(id, trace)
                    : expect(event, Code.OK).map(decision));
  }

  private Future<CuratorEvent> create(GlobalId id, Decision decision, Context trace) {
    byte[] data = decision.name().getBytes(StandardCharsets.UTF_8);
    byte[] traceparent = Traceparent.of(trace).orElse("").getBytes(StandardCharsets.UTF_8);
    return decision == Decision.ABORT
        ? run(callback -> zookeeper.create().inBackground(callback).forPath(path(id), data))
        : run(
            callback ->
                zookeeper
                    .transaction()
                    .inBackground(callback)
                    .forOperations(
                        zookeeper.transactionOp().create().forPath(path(id), data),
                        zookeeper.transactionOp().create().forPath(openPath(id), traceparent)));
  }

  private Future<Void> createParents(GlobalId id) {
    return Future.join(createParent(shard(id)), createParent(OPEN)).mapEmpty();
  }

  private Future<Void> createParent(String path) {
    return run(callback ->
            zookeeper
                .create()
                .creatingParentsIfNeeded()
                .inBackground(callback)
                .forPath(path, new byte[0]))
        .compose(event -> expect(event, Code.OK, Code.NODEEXISTS))
        .mapEmpty();
  }

  // The answer that the node exists came from the server that reads it now, or from one that it
  // has caught up with: a session never goes back in time.
  private Future<Decision> read(GlobalId id, Context trace) {
    return spans.request(READ_DECISION, REGISTER, id, trace, question -> read(id));
  }

  private Future<Decision> read(GlobalId id) {
    return run(callback -> zookeeper.getData().inBackground(callback).forPath(path(id)))
        .compose(event -> expect(event, Code.OK))
        .map(event -> Decision.valueOf(text(event)));
  }

  @Override
  public Future<Void> done(GlobalId id, Context trace) {
    Spans.nameReceiver(trace, REGISTER);
    return delete(openPath(id));
  }

  private Future<Void> delete(String path) {
    return run(callback -> zookeeper.delete().inBackground(callback).forPath(path))
        .compose(event -> expect(event, Code.OK, Code.NONODE))
        .<Void>mapEmpty()
        .timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public Future<List<Open>> open(Duration olderThan, int limit) {
    return children(OPEN).compose(names -> open(names, olderThan, limit));
  }

  private Future<List<Open>> open(List<String> names, Duration olderThan, int limit) {
    List<GlobalId> ids =
        names.stream().flatMap(name -> GlobalId.parse(name).stream()).limit(limit).toList();
    return Future.all(ids.stream().map(id -> open(id, olderThan)).toList())
        .map(read -> read.<Optional<Open>>list().stream().flatMap(Optional::stream).toList());
  }

  // Empty if it is done meanwhile.
  private Future<Optional<Open>> open(GlobalId id, Duration olderThan) {
    return run(callback -> zookeeper.getData().inBackground(callback).forPath(openPath(id)))
        .compose(event -> expect(event, Code.OK, Code.NONODE))
        .map(
            event ->
                isOlder(event, olderThan)
                    ? Optional.of(new Open(id, Traceparent.parse(text(event))))
                    : Optional.<Open>empty())
        .timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static String text(CuratorEvent event) {
    return new String(event.getData(), StandardCharsets.UTF_8);
  }

  private Future<List<String>> children(String path) {
    return run(callback -> zookeeper.getChildren().inBackground(callback).forPath(path))
        .compose(event -> expect(event, Code.OK, Code.NONODE))
        .map(event -> event.getChildren() == null ? List.<String>of() : event.getChildren())
        .timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Future<Boolean> isOlder(String path, Duration age) {
    return run(callback -> zookeeper.checkExists().inBackground(callback).forPath(path))
        .compose(event -> expect(event, Code.OK, Code.NONODE))
        .map(event -> isOlder(event, age))
        .timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  // By the clock of this process against that of the ensemble's leader.
  private static boolean isOlder(CuratorEvent event, Duration age) {
    return event.getStat() != null
        && event.getStat().getCtime() < System.currentTimeMillis() - age.toMillis();
  }

  /** Deletes in some of the shards; later calls in the others. */
  @Override
  public Future<Integer> prune(int limit) {
    int from = prunedShards;
    prunedShards = (from + SHARDS_PRUNED_AT_A_TIME) % SHARDS;
    return children(OPEN).compose(open -> prune(from, new HashSet<>(open), limit));
  }

  private Future<Integer> prune(int from, Set<String> open, int limit) {
    Future<Integer> pruned = Future.succeededFuture(0);
    for (int shard = from; shard < from + SHARDS_PRUNED_AT_A_TIME; shard++) {
      String path = shard(shard);
      pruned =
          pruned.compose(
              before -> pruneShard(path, open, limit - before).map(more -> before + more));
    }
    return pruned;
  }

  private Future<Integer> pruneShard(String shard, Set<String> open, int limit) {
    return children(shard)
        .compose(
            names -> {
              List<Future<Boolean>> deleted = new ArrayList<>();
              names.stream()
                  .filter(name -> !open.contains(name))
                  .limit(Math.max(0, limit))
                  .forEach(name -> deleted.add(deleteIfOld(shard + "/" + name)));
              return Future.all(deleted).map(all -> count(all.<Boolean>list()));
            });
  }

  private Future<Boolean> deleteIfOld(String path) {
    return isOlder(path, retention)
        .compose(isOld -> isOld ? delete(path).map(true) : Future.succeededFuture(false));
  }

  private static int count(List<Boolean> deleted) {
    return (int) deleted.stream().filter(is -> is).count();
  }

  private static String path(GlobalId id) {
    return shard(id) + "/" + id.text();
  }

  // By the last byte of the transaction's id, which is random in every version of UUIDs.
  private static String shard(GlobalId id) {
    return shard((int) (id.transaction().getLeastSignificantBits() & (SHARDS - 1)));
  }

  private static String shard(int number) {
    return DECISIONS + String.format(Locale.ROOT, "%02x", number);
  }

  private static String openPath(GlobalId id) {
    return OPEN + "/" + id.text();
  }

  /** Runs an operation in the background, and continues on an event loop. */
  private Future<CuratorEvent> run(Operation operation) {
    io.vertx.core.Context loop = vertx.getOrCreateContext();
    Promise<CuratorEvent> done = Promise.promise();
    try {
      Object unused =
          operation.start((client, event) -> loop.runOnContext(now -> done.tryComplete(event)));
    } catch (Exception refused) {
      // The client is closed, for example.
      done.fail(refused);
    }
    return done.future();
  }

  private static boolean hasCode(CuratorEvent event, Code code) {
    return Code.get(event.getResultCode()) == code;
  }

  private static Future<CuratorEvent> expect(CuratorEvent event, Code... expected) {
    return List.of(expected).contains(Code.get(event.getResultCode()))
        ? Future.succeededFuture(event)
        : failed(event);
  }

  private static <T> Future<T> failed(CuratorEvent event) {
    return Future.failedFuture(KeeperException.create(Code.get(event.getResultCode())));
  }
}
