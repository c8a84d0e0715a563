package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: after a kill the branches end, and orders, stock and money agree. Method: load by one
 * protocol on a platform of its own, kills of the coordinator and of a participant, and a race for
 * a scarce item.
 */
@OwnPlatform
@Tag("campaign")
class ProtocolFaultsIT {
  private static final TestPlatform PLATFORM = ProtocolOrders.start();
  private static final Duration ENDED_WITHIN = Duration.ofSeconds(60);
  private static final int CLIENTS = 8;

  /** Each of a client with a thread of its own, all at the same time. */
  private static final int CHECKOUTS = 1_000;

  private final ProtocolOrders orders = new ProtocolOrders(PLATFORM);
  private final Convergence databases = new Convergence(PLATFORM);
  private final DocumentedApi inventory =
      new DocumentedApi(new OrderApi(PLATFORM), Part.INVENTORY_SERVICE);
  private final String id = OrderApi.newKey().substring(0, 8);
  private final String sku = "item-" + id;
  private final String wallet = "tok_wallet_" + id + "_";

  private @Nullable Load current;

  @AfterAll
  static void stop() {
    PLATFORM.close();
  }

  /** Clients that post orders, one after the other, until they are stopped. */
  private final class Load {
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger keys = new AtomicInteger();
    private final Map<String, Answer> decided = new ConcurrentHashMap<>();
    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    private final List<Future<?>> running = new ArrayList<>();

    Load(String protocol) {
      orders.setStock(sku, 1_000_000);
      orders.deposit(wallet, 50, 1_000_000);
      for (int client = 0; client < CLIENTS; client++) {
        running.add(clients.submit(() -> run(protocol)));
      }
    }

    private void run(String protocol) {
      while (!stopped.get()) {
        int number = keys.incrementAndGet();
        String key = id + "-" + number;
        Answer answer = orders.postUntilDecided(protocol, key, sku, 1, wallet + (1 + number % 50));
        decided.put(key, answer);
      }
    }

    void awaitDecided(int more) {
      int now = decided.size();
      Awaitility.await("orders")
          .atMost(Duration.ofMinutes(1))
          .until(() -> decided.size() >= now + more);
    }

    /** Ends the load: each order that was begun is decided. */
    void stop() throws Exception {
      stopped.set(true);
      for (Future<?> client : running) {
        client.get(3, TimeUnit.MINUTES);
      }
      clients.shutdownNow();
    }

    /** Ends the load; every order must have been completed. */
    void finish() throws Exception {
      stop();
      assertThat(decided.values())
          .allSatisfy(
              answer -> {
                assertThat(answer.status()).as(answer.raw().body()).isEqualTo(201);
                assertThat(answer.body().path("status").asText()).isEqualTo("COMPLETED");
              });
    }
  }

  private Load begin(String protocol) {
    Load begun = new Load(protocol);
    current = begun;
    return begun;
  }

  @AfterEach
  void stopClientsAndStartParts() {
    if (current != null) {
      current.stopped.set(true);
    }
    PLATFORM.start(Part.ZOOKEEPER_1, Part.ORDER_SERVICE);
  }

  private void assertQuiescent() {
    orders.awaitNothingInDoubt(ENDED_WITHIN);
    orders.assertAgree(sku);
    orders.assertNothingIsHeld();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2pc", "tcc", "2pc-quorum"})
  void killedCoordinatorLeavesNothingInDoubt(String protocol) throws Exception {
    Load load = begin(protocol);
    for (int kill = 0; kill < 3; kill++) {
      load.awaitDecided(50);
      PLATFORM.platform().kill(Part.ORDER_SERVICE);
      PLATFORM.platform().start(Part.ORDER_SERVICE);
    }
    load.awaitDecided(50);
    load.finish();
    assertQuiescent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2pc", "tcc", "2pc-quorum"})
  void killedParticipantLeavesNothingInDoubt(String protocol) throws Exception {
    Load load = begin(protocol);
    load.awaitDecided(50);
    PLATFORM.platform().kill(Part.PAYMENT_SERVICE);
    PLATFORM.platform().kill(Part.PAYMENT_DB);
    PLATFORM.platform().start(Part.PAYMENT_DB);
    PLATFORM.platform().start(Part.PAYMENT_SERVICE);
    load.awaitDecided(50);
    load.finish();
    assertQuiescent();
  }

  @Test
  void quorumOfTwoNodesStillDecides() throws Exception {
    PLATFORM.platform().kill(Part.ZOOKEEPER_1);
    Load load = begin("2pc-quorum");
    load.awaitDecided(50);
    load.finish();
    PLATFORM.platform().start(Part.ZOOKEEPER_1);
    assertQuiescent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2pc", "tcc", "2pc-quorum"})
  void branchesInDoubtSurviveAStopOfThePlatformAndEnd(String protocol) throws Exception {
    branchesInDoubtEndAfter(protocol, PLATFORM.platform()::down);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2pc", "tcc", "2pc-quorum"})
  void branchesInDoubtSurviveAPowerLossAndEnd(String protocol) throws Exception {
    branchesInDoubtEndAfter(protocol, PLATFORM.platform()::killAll);
  }

  private void branchesInDoubtEndAfter(String protocol, Runnable outage) throws Exception {
    Load load = begin(protocol);
    restartWithBranchesInDoubt(load, outage);
    load.awaitDecided(50);
    load.finish();
    assertQuiescent();
  }

  private void restartWithBranchesInDoubt(Load load, Runnable outage) {
    load.awaitDecided(50);
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    assertThat(orders.inDoubt()).as("branches in doubt").isNotEmpty();
    outage.run();
    boolean hasProtocols = PLATFORM.platform().hasProtocols();
    PLATFORM.platform().up((part, sinceBegin) -> {});
    assertThat(hasProtocols).isTrue();
  }

  /** Its branches decide alone after a restart: they may diverge, but none stays in doubt. */
  @ParameterizedTest
  @ValueSource(strings = {"3pc", "3pc-termination"})
  void branchesThatDecideAloneEndAfterAPowerLoss(String protocol) throws Exception {
    Load load = begin(protocol);
    restartWithBranchesInDoubt(load, PLATFORM.platform()::killAll);
    load.awaitDecided(50);
    load.stop();

    orders.awaitNothingInDoubt(ENDED_WITHIN);
    orders.assertNothingIsHeld();
    orders.acknowledgeDivergences();
  }

  /** A start without protocols reports no divergence, and offers no operator to acknowledge it. */
  @Test
  void protocolsStayOnUntilADivergenceIsAcknowledged() {
    String gid = "2pc." + OrderApi.newKey() + ".inventory_payment";
    databases.update(
        "order",
        "INSERT INTO transaction_decision (gid, decision, done_at) VALUES ('"
            + gid
            + "', 'COMMIT', now())");
    JsonNode committed =
        inventory.request(200, "POST", BranchRequests.BRANCH + "/commit", gid, null);
    assertThat(committed.path("state").asText()).isEqualTo("UNKNOWN");

    PLATFORM.platform().down();
    boolean hasProtocols = PLATFORM.platform().hasProtocols();
    PLATFORM.platform().up((part, sinceBegin) -> {});
    assertThat(hasProtocols).isTrue();
    inventory.request(
        200,
        "POST",
        BranchRequests.BRANCH + "/acknowledge",
        gid,
        BranchRequests.acknowledgement("ada"));

    PLATFORM.platform().down();
    hasProtocols = PLATFORM.platform().hasProtocols();
    PLATFORM.platform().enableProtocols();
    PLATFORM.platform().up((part, sinceBegin) -> {});
    assertThat(hasProtocols).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"saga", "2pc"})
  void thousandCheckoutsSellExactlyTheHundredItems(String protocol) throws Exception {
    sellTheHundredItems(protocol);
  }

  @Tag("protocols")
  @ParameterizedTest
  @ValueSource(strings = {"tcc", "2pc-quorum", "3pc", "3pc-termination"})
  void thousandCheckoutsOfTheOtherProtocolsSellExactlyTheHundredItems(String protocol)
      throws Exception {
    sellTheHundredItems(protocol);
  }

  private void sellTheHundredItems(String protocol) throws Exception {
    orders.setStock(sku, 100);
    orders.deposit(wallet, CHECKOUTS, 1);
    ExecutorService clients = Executors.newFixedThreadPool(CHECKOUTS);
    try {
      CyclicBarrier together = new CyclicBarrier(CHECKOUTS);
      List<Future<String>> checkouts = new ArrayList<>();
      IntStream.rangeClosed(1, CHECKOUTS)
          .forEach(
              n ->
                  checkouts.add(
                      clients.submit(
                          () -> {
                            together.await(1, TimeUnit.MINUTES);
                            return orders.end(
                                orders.postUntilDecided(
                                    protocol, id + "-" + n, sku, 1, wallet + n));
                          })));
      Map<String, Integer> ends = new TreeMap<>();
      for (Future<String> checkout : checkouts) {
        ends.merge(checkout.get(5, TimeUnit.MINUTES), 1, Integer::sum);
      }
      assertThat(ends).containsEntry("COMPLETED", 100);
    } finally {
      clients.shutdownNow();
    }
    assertQuiescent();
    assertThat(orders.available(sku)).isZero();
    assertThat(orders.spent(wallet)).isEqualTo(100);
  }
}
