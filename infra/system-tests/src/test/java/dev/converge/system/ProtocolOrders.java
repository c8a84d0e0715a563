package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Orders by other protocols than the saga, and what must hold once they are quiescent: orders,
 * stock and money agree, and no branch is in doubt.
 */
final class ProtocolOrders {
  /** The protocols that never diverge. */
  static final List<String> EXACT = List.of("tcc", "2pc", "2pc-quorum", "3pc", "3pc-termination");

  private static final Duration RETRIED_FOR = Duration.ofMinutes(3);
  private static final Duration ENDED_WITHIN = Duration.ofMinutes(3);

  private static @Nullable TestPlatform shared;

  private final TestPlatform platform;
  private final OrderApi api;
  private final Convergence databases;

  ProtocolOrders(TestPlatform platform) {
    this.platform = platform;
    this.api = OrderApi.withoutRepeats(platform);
    this.databases = new Convergence(platform);
  }

  /** The platform with protocols that tests of a run share; it ends with the run. */
  static synchronized TestPlatform shared() {
    TestPlatform known = shared == null ? start() : shared;
    shared = known;
    return known;
  }

  /** A platform with protocols, started. */
  static TestPlatform start() {
    TestPlatform platform = TestPlatform.create(java.util.Map.of("AUDIT_EVERY", "PT2S"));
    platform.platform().enableProtocols();
    return platform.up();
  }

  /**
   * Pauses the coordinator: it decides nothing, as if it were down. A kill would cost a start,
   * which takes a slow machine a quarter of a minute.
   */
  void pauseCoordinator() {
    platform.platform().pause(Part.ORDER_SERVICE);
  }

  /** Resumes a paused coordinator, and waits until it has ended its branches. */
  void resumeCoordinator(Duration endedWithin) {
    platform.platform().resume(Part.ORDER_SERVICE);
    platform.start(Part.ORDER_SERVICE);
    awaitNothingInDoubt(endedWithin);
  }

  /** Deposits money in wallets that are named by a prefix and a number from 1 on. */
  void deposit(String prefix, int wallets, long minor) {
    databases.update(
        "payment",
        """
        INSERT INTO provider.wallet (token, currency, balance_minor, deposited_minor)
        SELECT '%s' || n, 'EUR', %d, %d FROM generate_series(1, %d) AS n
        """
            .formatted(prefix, minor, minor, wallets));
  }

  void setStock(String sku, long available) {
    api.setStock(sku, available);
  }

  /** Posts an order of one unit of money a piece. */
  Answer post(String protocol, String key, String sku, int quantity, String token) {
    return api.post(
        body(sku, quantity, token), "Idempotency-Key", key, "Converge-Protocol", protocol);
  }

  /** Posts an order again with its key until it is answered with another status than 503. */
  Answer postUntilDecided(String protocol, String key, String sku, int quantity, String token) {
    long end = System.nanoTime() + RETRIED_FOR.toNanos();
    Answer answer = postOrNull(protocol, key, sku, quantity, token);
    while (answer == null || answer.status() == 503) {
      assertThat(System.nanoTime()).as("answer to " + key + ": " + answer).isLessThan(end);
      Awaitility.await().pollDelay(Duration.ofMillis(100)).until(() -> true);
      answer = postOrNull(protocol, key, sku, quantity, token);
    }
    return answer;
  }

  /**
   * The status of an order once it has ended, with the reason; of the answer, if it was refused.
   */
  String end(Answer answer) {
    JsonNode order =
        answer.status() == 202
            ? api.awaitEnd(answer.body().path("orderId").asText(), ENDED_WITHIN)
            : answer.body();
    return (order.path("status").asText() + " " + order.path("reason").asText()).strip();
  }

  /** The answer; null if the service does not answer. */
  @Nullable Answer postOrNull(String protocol, String key, String sku, int quantity, String token) {
    try {
      return post(protocol, key, sku, quantity, token);
    } catch (UncheckedIOException down) {
      return null;
    }
  }

  private static String body(String sku, int quantity, String token) {
    return "{\"customerId\":\"ada\",\"currency\":\"EUR\",\"lines\":[{\"sku\":\""
        + sku
        + "\",\"quantity\":"
        + quantity
        + ",\"unitPriceMinor\":1}],\"paymentToken\":\""
        + token
        + "\"}";
  }

  /** The branches in doubt, in all databases. */
  List<String> inDoubt() {
    List<String> all = new ArrayList<>();
    for (String domain : Topology.domains()) {
      all.addAll(
          databases.strings(
              domain,
              """
              SELECT gid FROM pg_prepared_xacts
              UNION ALL SELECT gid FROM transaction_branch WHERE state = 'TRIED'
              """));
    }
    return all;
  }

  /** Acknowledges all divergences, as an operator does who has repaired them. */
  void acknowledgeDivergences() {
    for (String domain : Topology.domains()) {
      databases.update(
          domain,
          """
          UPDATE transaction_divergence SET acknowledged_at = now() WHERE acknowledged_at IS NULL
          """);
    }
  }

  void awaitNothingInDoubt(Duration within) {
    Awaitility.await("end of all branches")
        .atMost(within)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() -> assertThat(inDoubt()).isEmpty());
  }

  /** Asserts that the orders of a SKU, its reservations and its payments are the same. */
  void assertAgree(String sku) {
    Set<String> completed =
        new TreeSet<>(
            databases.strings(
                "order",
                "SELECT order_id::text FROM orders WHERE status = 'COMPLETED'"
                    + " AND lines->0->>'sku' = '"
                    + sku
                    + "'"));
    Set<String> shipped =
        new TreeSet<>(
            databases.strings(
                "inventory",
                "SELECT order_id::text FROM reservation WHERE status = 'SHIPPED'"
                    + " AND lines->0->>'sku' = '"
                    + sku
                    + "'"));
    assertThat(shipped).as("shipped and completed").isEqualTo(completed);
    List<String> orders =
        databases.strings(
            "order", "SELECT order_id::text FROM orders WHERE lines->0->>'sku' = '" + sku + "'");
    Set<String> charged =
        new TreeSet<>(
            databases.strings(
                "payment", "SELECT order_id::text FROM payment WHERE status = 'CHARGED'"));
    charged.retainAll(orders);
    assertThat(charged).as("charged and completed").isEqualTo(completed);
  }

  /** Asserts that no stock is reserved, no money is held, and wallets agree with their charges. */
  void assertNothingIsHeld() {
    assertThat(databases.strings("inventory", "SELECT sku FROM stock WHERE reserved <> 0"))
        .as("reserved stock")
        .isEmpty();
    assertThat(
            databases.strings(
                "payment",
                """
                SELECT token FROM provider.wallet
                WHERE held_minor <> 0 OR spent_minor <> (
                    SELECT coalesce(sum(amount_minor), 0) FROM provider.charge
                    WHERE wallet = token AND status = 'CHARGED')
                """))
        .as("wallets with held money, or that differ from their charges")
        .isEmpty();
  }

  /** The available units of a SKU. */
  long available(String sku) {
    return api.stock(sku).path("available").asLong();
  }

  /** The money that wallets of a prefix have spent. */
  long spent(String prefix) {
    return Long.parseLong(
        databases
            .strings(
                "payment",
                "SELECT sum(spent_minor)::text FROM provider.wallet WHERE token LIKE '"
                    + prefix
                    + "%'")
            .get(0));
  }

  Answer order(String orderId) {
    return api.send("GET", Part.ORDER_SERVICE, "/orders/" + orderId, null);
  }

  Answer get(Part service, String path) {
    try {
      return new dev.converge.platform.Http().get(api.url(service, path));
    } catch (IOException e) {
      throw new UncheckedIOException(path, e);
    }
  }
}
