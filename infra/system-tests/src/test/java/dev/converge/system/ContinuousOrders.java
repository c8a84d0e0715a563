package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http.Answer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * Clients that place orders until they are stopped. A request that is not accepted is repeated with
 * its key until it is.
 */
final class ContinuousOrders implements AutoCloseable {
  private static final int CLIENTS = 4;
  private static final int ATTEMPTS = 900;
  private static final List<String> TOKENS =
      List.of("tok_ok", "tok_ok", "tok_ok", "tok_declined", "tok_answer_lost");

  private final OrderApi api;
  private final Map<String, String> accepted = new ConcurrentHashMap<>();
  private final AtomicInteger repeated = new AtomicInteger();
  // When a request was answered, by when it was sent.
  private final ConcurrentSkipListMap<Long, Long> answered = new ConcurrentSkipListMap<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
  private final List<Thread> clients = new ArrayList<>();

  ContinuousOrders(OrderApi api, long seed) {
    this.api = api;
    for (int i = 0; i < CLIENTS; i++) {
      Random random = new Random(seed + i);
      Thread client = new Thread(() -> place(random), "client-" + i);
      clients.add(client);
      client.start();
    }
  }

  /** Order ids by the keys of accepted requests. */
  Map<String, String> accepted() {
    return accepted;
  }

  int repeated() {
    return repeated.get();
  }

  /**
   * Waits until a request that was sent after a fault has been accepted.
   *
   * @param begin of the fault
   * @param done when it was in effect
   * @return the time from its begin to the first such answer
   */
  Duration awaitOrderAfter(long begin, long done, Duration within) {
    Awaitility.await("order after the fault")
        .atMost(within)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> answered.lastEntry() != null && answered.lastKey() > done);
    long first =
        answered.tailMap(done).values().stream().mapToLong(Long::longValue).min().orElseThrow();
    return Duration.ofNanos(first - begin);
  }

  private void place(Random random) {
    try {
      while (!over.get()) {
        String sku = random.nextInt(10) == 0 ? "gold-grinder" : "espresso-beans";
        String token = TOKENS.get(random.nextInt(TOKENS.size()));
        placeUntilAccepted(OrderApi.body(sku, 1 + random.nextInt(3), token));
        pause(20 + random.nextInt(40));
      }
    } catch (RuntimeException | AssertionError e) {
      failures.add(e);
    }
  }

  private void placeUntilAccepted(String body) {
    String key = OrderApi.newKey();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long sent = System.nanoTime();
      try {
        Answer answer = api.post(body, "Idempotency-Key", key);
        if (answer.status() == 202) {
          accepted.put(key, answer.body().path("orderId").asText());
          answered.put(sent, System.nanoTime());
          return;
        }
        assertThat(answer.status()).as(answer.raw().body()).isEqualTo(503);
      } catch (UncheckedIOException notAnswered) {
        // Whether it was accepted is not known: repeated with the same key.
      }
      repeated.incrementAndGet();
      pause(100);
    }
    throw new AssertionError("not accepted after " + ATTEMPTS + " attempts: " + key);
  }

  // The pace of the load, not a wait for something to happen.
  private static void pause(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Lets each client end with its order accepted. */
  void end() {
    over.set(true);
    for (Thread client : clients) {
      try {
        client.join(Duration.ofMinutes(2).toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
    assertThat(failures).isEmpty();
  }

  /** Asserts that every accepted order exists, and no other does. */
  void assertEachIsThereOnce(Convergence convergence) {
    assertThat(convergence.longs("order", "SELECT key, count(*) FROM idempotency_key GROUP BY key"))
        .containsOnlyKeys(accepted.keySet());
    assertThat(convergence.strings("order", "SELECT order_id::text FROM orders"))
        .containsExactlyInAnyOrderElementsOf(accepted.values());
  }

  @Override
  public void close() {
    over.set(true);
  }
}
