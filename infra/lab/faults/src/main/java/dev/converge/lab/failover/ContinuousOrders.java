package dev.converge.lab.failover;

import dev.converge.platform.Http;
import dev.converge.platform.Http.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients that place orders until {@link #end}. A request that is not accepted is repeated with its
 * key until it is.
 */
public final class ContinuousOrders implements AutoCloseable {
  private static final int CLIENTS = 4;
  private static final int ATTEMPTS = 900;
  private static final long ENDS_WITHIN_MILLIS = Duration.ofMinutes(2).toMillis();
  private static final List<String> TOKENS =
      List.of("tok_ok", "tok_ok", "tok_ok", "tok_declined", "tok_answer_lost");

  private final String orders;
  private final Http http = new Http();
  private final Map<String, String> accepted = new ConcurrentHashMap<>();
  private final AtomicInteger repeated = new AtomicInteger();
  // When a request was answered, by when it was sent.
  private final ConcurrentSkipListMap<Long, Long> answered = new ConcurrentSkipListMap<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Exception> failures = new CopyOnWriteArrayList<>();
  private final List<Thread> clients = new ArrayList<>();

  /** Begins to place orders at an order-service. */
  public ContinuousOrders(String orderService, long seed) {
    this.orders = orderService + "/orders";
    for (int i = 0; i < CLIENTS; i++) {
      Random random = new Random(seed + i);
      Thread client = new Thread(() -> place(random), "client-" + i);
      // An end of the run ends them, too.
      client.setDaemon(true);
      clients.add(client);
      client.start();
    }
  }

  /** Order ids by the keys of accepted requests. */
  public Map<String, String> accepted() {
    return accepted;
  }

  /** How many requests were sent again. */
  public int repeated() {
    return repeated.get();
  }

  /**
   * Waits until a request that was sent after a fault has been accepted.
   *
   * @param begin of the fault
   * @param done when it was in effect
   * @return the time from its begin to the first such answer
   */
  public Duration awaitOrderAfter(long begin, long done, Duration within) {
    long until = System.nanoTime() + within.toNanos();
    while (answered.lastEntry() == null || answered.lastKey() - done <= 0) {
      if (System.nanoTime() > until || !failures.isEmpty()) {
        throw new IllegalStateException(
            "no order is accepted within " + within.toSeconds() + " s " + failures);
      }
      pause(10);
    }
    long first =
        answered.tailMap(done).values().stream().mapToLong(Long::longValue).min().orElseThrow();
    return Duration.ofNanos(first - begin);
  }

  /** The longest time without an accepted order from one moment to another. */
  Duration longestGap(long from, long to) {
    return longestGap(List.copyOf(answered.values()), from, to);
  }

  /** The longest time between two of some moments, or one of them and an end. Pure. */
  static Duration longestGap(List<Long> moments, long from, long to) {
    long last = from;
    long longest = 0;
    for (long at : moments.stream().filter(at -> at > from && at < to).sorted().toList()) {
      longest = Math.max(longest, at - last);
      last = at;
    }
    return Duration.ofNanos(Math.max(longest, to - last));
  }

  /** How long accepted requests took that were sent between two moments, in milliseconds. */
  List<Double> latencies(long from, long to) {
    return answered.subMap(from, to).entrySet().stream()
        .map(request -> (request.getValue() - request.getKey()) / 1e6)
        .toList();
  }

  private void place(Random random) {
    try {
      while (!over.get()) {
        String sku = random.nextInt(10) == 0 ? "gold-grinder" : "espresso-beans";
        String token = TOKENS.get(random.nextInt(TOKENS.size()));
        placeUntilAccepted(body(sku, 1 + random.nextInt(3), token));
        pause(20 + random.nextInt(40));
      }
    } catch (RuntimeException e) {
      failures.add(e);
    }
  }

  private static String body(String sku, int quantity, String token) {
    return """
    {"customerId":"ada","currency":"EUR","paymentToken":"%s",\
    "lines":[{"sku":"%s","quantity":%d,"unitPriceMinor":1290}]}"""
        .formatted(token, sku, quantity);
  }

  private void placeUntilAccepted(String body) {
    String key = UUID.randomUUID().toString();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long sent = System.nanoTime();
      try {
        Answer answer = http.send("POST", orders, body, "Idempotency-Key", key);
        if (answer.status() == 202) {
          accepted.put(key, answer.body().path("orderId").asText());
          answered.put(sent, System.nanoTime());
          return;
        }
        if (answer.status() != 503) {
          throw new IllegalStateException(answer.status() + " " + answer.raw().body());
        }
      } catch (IOException notAnswered) {
        // Whether it was accepted is not known: repeated with the same key.
      }
      repeated.incrementAndGet();
      pause(100);
    }
    throw new IllegalStateException("not accepted after " + ATTEMPTS + " attempts: " + key);
  }

  // The pace of the load.
  private static void pause(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Lets each client end with its order accepted. Fails if one could not. */
  public void end() {
    over.set(true);
    for (Thread client : clients) {
      try {
        client.join(ENDS_WITHIN_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
      if (client.isAlive()) {
        throw new IllegalStateException(client.getName() + " does not end");
      }
    }
    if (!failures.isEmpty()) {
      throw new IllegalStateException("a client has failed", failures.get(0));
    }
  }

  @Override
  public void close() {
    over.set(true);
  }
}
