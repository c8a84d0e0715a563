package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.Seed;
import dev.converge.testkit.TestPlatform;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every order ends, stock and money add up, and no effect happens twice, whichever part is killed.
 * Kills services, broker, Connect and databases with SIGKILL at random moments under a light load
 * of every kind of order; a client repeats unanswered requests with their key. {@code
 * -Dconverge.seed=N} repeats a schedule; {@code -Dconverge.kills=N} sets the number of kills.
 */
@OwnPlatform
class RandomKillsFaultIT {
  private static final int KILLS = Integer.getInteger("converge.kills", 20);
  private static final Duration QUIET_WITHIN = Duration.ofSeconds(150);
  private static final List<Part> VICTIMS =
      Stream.of(
              Topology.serviceParts(), List.of(Part.KAFKA, Part.CONNECT), Topology.databaseParts())
          .flatMap(List::stream)
          .toList();
  private static final List<String> TOKENS =
      List.of("tok_ok", "tok_ok", "tok_ok", "tok_declined", "tok_answer_lost");

  private final Map<String, String> accepted = new ConcurrentHashMap<>();
  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());

  @Tag("campaign")
  @Test
  void convergesAfterKillsOfAnyPartAtAnyMoment() throws Exception {
    long seed = Seed.one();
    System.out.println(
        "RandomKillsFaultIT: seed " + seed + " (again: -Dconverge.seed=" + seed + ")");
    try (TestPlatform platform = TestPlatform.create(Map.of()).up()) {
      OrderApi api = OrderApi.withoutRepeats(platform);
      Thread client = new Thread(() -> placeOrders(api, new Random(seed)), "client");
      client.start();
      Awaitility.await("load").atMost(Duration.ofSeconds(30)).until(() -> accepted.size() >= 10);

      int inFlight = killAround(platform, new Random(seed + 1));

      over.set(true);
      client.join(Duration.ofSeconds(60).toMillis());
      assertThat(failures).isEmpty();
      Convergence convergence = new Convergence(platform);
      convergence.await(QUIET_WITHIN);
      convergence.assertHolds();
      convergence.assertNothingWasPublishedAgain();
      assertEveryAcceptedOrderIsThereOnce(convergence);
      Map<String, Long> outcomes =
          convergence.longs("order", "SELECT status, count(*) FROM orders GROUP BY status");
      System.out.printf(
          "RandomKillsFaultIT: seed %d: %d kills, %d of them with orders in flight; %d orders,"
              + " %d requests repeated; %s%n",
          seed, KILLS, inFlight, accepted.size(), unanswered.get(), outcomes);
      assertThat(outcomes).containsKeys("COMPLETED", "REJECTED", "CANCELLED");
      assertThat(inFlight).as("kills that met work in flight").isGreaterThanOrEqualTo(KILLS / 2);
    }
  }

  private int killAround(TestPlatform platform, Random random) {
    OrderApi api = OrderApi.withoutRepeats(platform);
    int inFlight = 0;
    for (int i = 0; i < KILLS; i++) {
      Part victim = VICTIMS.get(random.nextInt(VICTIMS.size()));
      pauseBetweenFaults(random.nextInt(1_500));
      inFlight += hasOrdersInFlight(api) ? 1 : 0;
      platform.platform().kill(victim);
      pauseBetweenFaults(random.nextInt(1_000));
      platform.start(victim);
      System.out.println("RandomKillsFaultIT: killed and started " + victim.id());
    }
    return inFlight;
  }

  // The schedule itself, not a wait for something to happen.
  private static void pauseBetweenFaults(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static boolean hasOrdersInFlight(OrderApi api) {
    try {
      Answer pending = api.send("GET", Part.ORDER_SERVICE, "/orders?status=PENDING&limit=1", null);
      return pending.status() != 200 || pending.body().path("items").size() > 0;
    } catch (UncheckedIOException unavailable) {
      return true;
    }
  }

  private void placeOrders(OrderApi api, Random random) {
    try {
      while (!over.get()) {
        String sku = random.nextInt(10) == 0 ? "gold-grinder" : "espresso-beans";
        String token = TOKENS.get(random.nextInt(TOKENS.size()));
        String body = OrderApi.body(sku, 1 + random.nextInt(3), token);
        String orderId = placeUntilAnswered(api, body);
        if (orderId != null && random.nextInt(8) == 0) {
          cancel(api, orderId);
        }
        pauseBetweenFaults(40 + random.nextInt(60));
      }
    } catch (RuntimeException | AssertionError e) {
      failures.add(e);
    }
  }

  private @org.jspecify.annotations.Nullable String placeUntilAnswered(OrderApi api, String body) {
    String key = UUID.randomUUID().toString();
    for (int attempt = 0; attempt < 600; attempt++) {
      try {
        Answer answer = api.post(body, "Idempotency-Key", key);
        if (answer.status() == 202) {
          String orderId = answer.body().path("orderId").asText();
          accepted.put(key, orderId);
          return orderId;
        }
        assertThat(answer.status()).as(answer.raw().body()).isEqualTo(503);
      } catch (UncheckedIOException notAnswered) {
        // Whether it was accepted is not known: repeated with the same key.
      }
      unanswered.incrementAndGet();
      pauseBetweenFaults(100);
    }
    throw new AssertionError("not accepted after 600 attempts: " + key);
  }

  private static void cancel(OrderApi api, String orderId) {
    try {
      Answer answer = api.send("POST", Part.ORDER_SERVICE, "/orders/" + orderId + "/cancel", null);
      assertThat(answer.status()).as(answer.raw().body()).isIn(202, 409, 503);
    } catch (UncheckedIOException notAnswered) {
      // Cancelled or not: both are outcomes.
    }
  }

  private void assertEveryAcceptedOrderIsThereOnce(Convergence convergence) {
    Map<String, Long> byKey =
        convergence.longs("order", "SELECT key, count(*) FROM idempotency_key GROUP BY key");
    assertThat(byKey.keySet()).containsExactlyInAnyOrderElementsOf(accepted.keySet());
    assertThat(convergence.strings("order", "SELECT order_id::text FROM orders"))
        .containsExactlyInAnyOrderElementsOf(accepted.values());
  }
}
