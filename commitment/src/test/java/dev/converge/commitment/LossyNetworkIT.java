package dev.converge.commitment;

import static dev.converge.commitment.TestServers.INVENTORY;
import static dev.converge.commitment.TestServers.ORDER;
import static dev.converge.commitment.TestServers.PAYMENT;
import static dev.converge.commitment.TestServers.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.postgres.DecisionTable;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocols;
import dev.converge.testkit.Seed;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: the databases agree once all is quiescent, after faults of every kind. Method: transactions
 * on the same rows of three real servers. A seeded network loses requests and answers, repeats
 * requests, and stops coordinators between two of their steps.
 */
class LossyNetworkIT {
  private static final TestServers SERVERS = TestServers.shared();
  // More at a time wait for each other in both databases, in different orders, until all time out.
  private static final int AT_A_TIME = 3;
  private static final int ONE_AFTER_THE_OTHER = 15;
  private static final Recovery.Timing OFTEN =
      new Recovery.Timing(Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofDays(1));

  private final Pool orders = SERVERS.poolOf(ORDER);
  private final DecisionTable register = new DecisionTable(orders);
  private final TestParticipants participants =
      new TestParticipants(SERVERS, register::proposeAbort);

  @BeforeEach
  void reset() {
    SERVERS.reset();
  }

  /** Loses a request, its answer, or nothing, and sends some requests twice. */
  private Future<BranchState> lossy(Random random, Coordinator.Request request) {
    int fate = nextInt(random, 20);
    if (fate == 0) {
      return Future.failedFuture("the request is lost");
    }
    Future<BranchState> answer = participants.request(request);
    if (fate == 1) {
      return answer.transform(done -> Future.failedFuture("the answer is lost"));
    }
    if (fate == 2) {
      return answer.compose(first -> participants.request(request));
    }
    // The coordinator is stopped: it never learns the answer.
    return fate == 3 ? Promise.<BranchState>promise().future() : answer;
  }

  private static int nextInt(Random random, int bound) {
    synchronized (random) {
      return random.nextInt(bound);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Protocols.TWO_PHASE, Protocols.TRY_CONFIRM_CANCEL})
  void databasesAgreeAfterLostMessages(String protocol) {
    Seed.forEach(1, seed -> run(protocol, new Random(seed)));
  }

  private void run(String protocol, Random random) {
    SERVERS.reset();
    Coordinator coordinator =
        new Coordinator(
            SERVERS.vertx(),
            Protocols.named(protocol).orElseThrow(),
            request -> lossy(random, request),
            new Coordinator.Limits(Duration.ofSeconds(1), Duration.ofMillis(100), AT_A_TIME),
            participants.instruments);
    List<String> deployed = new ArrayList<>();
    for (String name : List.of(INVENTORY, PAYMENT)) {
      deployed.add(deploy(new Recovery(participants.of(name), List.of(), OFTEN, instruments())));
    }
    deployed.add(
        deploy(
            new Recovery(
                null,
                List.of(new Recovery.Announced(protocol, coordinator, register)),
                OFTEN,
                instruments())));
    Map<String, JsonObject> one =
        Map.of(INVENTORY, StockWork.apples(1), PAYMENT, StockWork.apples(1));
    List<GlobalId> ids = new ArrayList<>();
    List<Future<Outcome>> outcomes = new ArrayList<>();
    for (int round = 0; round < ONE_AFTER_THE_OTHER; round++) {
      List<Future<Outcome>> concurrent = new ArrayList<>();
      for (int each = 0; each < AT_A_TIME; each++) {
        GlobalId id = TestIds.of(protocol);
        ids.add(id);
        concurrent.add(coordinator.run(id, one, new DecisionTable(orders, tx -> sell(tx, id))));
      }
      await(Future.join(concurrent).transform(done -> Future.succeededFuture()));
      outcomes.addAll(concurrent);
    }

    await("every branch has ended").until(() -> ids.stream().allMatch(this::isQuiescent));
    deployed.forEach(each -> await(SERVERS.vertx().undeploy(each)));
    assertAgree(ids, outcomes);
  }

  private static Instruments instruments() {
    return Instruments.none();
  }

  private static String deploy(Recovery recovery) {
    return await(SERVERS.vertx().deployVerticle(recovery));
  }

  private static Future<Void> sell(SqlConnection tx, GlobalId id) {
    return tx.preparedQuery("INSERT INTO stock (sku, available) VALUES ($1, 1)")
        .execute(Tuple.of(id.text()))
        .mapEmpty();
  }

  private boolean isQuiescent(GlobalId id) {
    return !participants.state(INVENTORY, id).isInDoubt()
        && !participants.state(PAYMENT, id).isInDoubt();
  }

  private void assertAgree(List<GlobalId> ids, List<Future<Outcome>> outcomes) {
    int committed = 0;
    for (int i = 0; i < ids.size(); i++) {
      GlobalId id = ids.get(i);
      boolean isSold =
          SERVERS
              .value(ORDER, "SELECT count(*) FROM stock WHERE sku = '" + id.text() + "'")
              .equals("1");
      committed += isSold ? 1 : 0;
      for (String name : List.of(INVENTORY, PAYMENT)) {
        BranchState state = participants.state(name, id);
        assertThat(state == BranchState.COMMITTED).as("%s at %s", id, name).isEqualTo(isSold);
      }
      if (outcomes.get(i).succeeded()) {
        assertThat(outcomes.get(i).result().decision() == Decision.COMMIT).isEqualTo(isSold);
      }
    }
    assertThat(committed).isBetween(1, 10);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(10 - committed);
    assertThat(SERVERS.available(PAYMENT)).isEqualTo(10 - committed);
    assertThat(SERVERS.value(INVENTORY, "SELECT sum(held) FROM stock")).isEqualTo("0");
    assertThat(SERVERS.prepared(INVENTORY)).isEmpty();
    assertThat(SERVERS.prepared(PAYMENT)).isEmpty();
    assertThat(participants.divergences()).isZero();
  }
}
