package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Part;
import dev.converge.testkit.Seed;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A cancellation during the payment either wins or loses. Places orders and cancels each a moment
 * later: while its stock is reserved, while it is charged, or after it has ended.
 */
@OwnPlatform
class CancelRaceIT {
  private static final int ORDERS = Integer.getInteger("converge.cases", 300);
  private static final long SEED = Seed.one();
  private static final int CLIENTS = 20;
  private static final int ROUND = 60;
  private static final int MOST_ROUNDS = 20;

  private final OrderApi api = new OrderApi(ProtocolOrders.shared());
  private final Random random = new Random(SEED);

  @Tag("scaled")
  @Test
  void orderCancelledDuringItsPaymentIsEitherPaidOrCancelled() throws Exception {
    System.out.println("CancelRaceIT: seed " + SEED);
    int placed = 0;
    int cancelled = 0;
    // How long an order takes to be paid for depends on the machine: half are to be by then.
    int latestMillis = 400;
    ScheduledExecutorService clients = Executors.newScheduledThreadPool(CLIENTS);
    try {
      for (int round = 0; placed < ORDERS || isOneSided(cancelled, placed, round); round++) {
        int won = race(clients, latestMillis);
        latestMillis = won > ROUND / 2 ? 2 * latestMillis : Math.max(50, latestMillis / 2);
        placed += ROUND;
        cancelled += won;
      }
    } finally {
      clients.shutdownNow();
    }
    assertThat(cancelled).as("cancelled of " + placed).isBetween(1, placed - 1);
  }

  private static boolean isOneSided(int cancelled, int placed, int round) {
    return (cancelled == 0 || cancelled == placed) && round < MOST_ROUNDS;
  }

  /** Places orders, and cancels each at some time; returns how many were cancelled. */
  private int race(ScheduledExecutorService clients, int latestMillis) throws Exception {
    Map<String, Future<Integer>> cancels = new LinkedHashMap<>();
    for (int each = 0; each < ROUND; each++) {
      String orderId = api.place("espresso-beans", 1, "tok_ok");
      int millis = random.nextInt(latestMillis);
      cancels.put(
          orderId,
          clients.schedule(() -> cancel(orderId).intValue(), millis, TimeUnit.MILLISECONDS));
    }
    int cancelled = 0;
    for (Map.Entry<String, Future<Integer>> cancel : cancels.entrySet()) {
      String orderId = cancel.getKey();
      int status = cancel.getValue().get(30, TimeUnit.SECONDS);
      String end = api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText();
      assertThat(status).as(orderId).isIn(202, 409);
      // After a 202 the order is cancelled; after a refusal it is completed.
      assertThat(end).as(orderId).isEqualTo(status == 202 ? "CANCELLED" : "COMPLETED");
      assertMoney(orderId, end);
      cancelled += status == 202 ? 1 : 0;
    }
    return cancelled;
  }

  private Integer cancel(String orderId) {
    return api.send("POST", Part.ORDER_SERVICE, "/orders/" + orderId + "/cancel", null).status();
  }

  private void assertMoney(String orderId, String end) {
    JsonNode charge = api.charge(orderId);
    boolean holds = charge.path("status").asText().equals("CHARGED");
    assertThat(holds)
        .as("%s %s, the provider says %s", orderId, end, charge)
        .isEqualTo(end.equals("COMPLETED"));
  }
}
