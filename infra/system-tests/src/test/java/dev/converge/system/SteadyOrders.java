package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http;
import dev.converge.platform.Http.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * Clients that place orders at the instances of order-service that there are, and repeat requests
 * that were not answered or not accepted, with their key, at the next one.
 */
final class SteadyOrders {
  private static final List<String> TOKENS =
      List.of("tok_ok", "tok_ok", "tok_ok", "tok_declined", "tok_ok", "tok_answer_lost");
  private static final int ATTEMPTS = 600;

  private final List<String> instances = new CopyOnWriteArrayList<>();
  private final Map<String, String> accepted = new ConcurrentHashMap<>();
  private final AtomicInteger repeated = new AtomicInteger();
  private final AtomicInteger placed = new AtomicInteger();
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
  private final List<Thread> clients = new ArrayList<>();
  private final Http http = new Http();

  SteadyOrders(int clients, String first) {
    instances.add(first);
    for (int client = 0; client < clients; client++) {
      Thread thread = new Thread(this::placeOrders, "client-" + client);
      this.clients.add(thread);
      thread.start();
    }
  }

  /** From now on orders are placed at this instance, too. */
  void add(String url) {
    instances.add(url);
  }

  /** From now on no order is placed at this instance. */
  void remove(String url) {
    instances.remove(url);
  }

  /** Waits until this many further orders are accepted. */
  void awaitMore(int orders) {
    int target = accepted.size() + orders;
    Awaitility.await("orders under the load")
        .atMost(Duration.ofMinutes(3))
        .until(() -> accepted.size() >= target || !failures.isEmpty());
    assertThat(failures).isEmpty();
  }

  /** Ends the load. */
  void end() throws InterruptedException {
    over.set(true);
    for (Thread client : clients) {
      client.join(Duration.ofMinutes(2).toMillis());
    }
    assertThat(failures).isEmpty();
  }

  /** Asserts that every accepted order exists, and that no other does. */
  void assertEachIsThereOnce(Convergence convergence) {
    convergence.assertEachIsThereOnce(accepted);
  }

  @Override
  public String toString() {
    return accepted.size() + " orders, " + repeated + " requests repeated";
  }

  private void placeOrders() {
    try {
      while (!over.get()) {
        placeUntilAccepted(placed.getAndIncrement());
        // The rate of the load, not a wait for something to happen.
        Thread.sleep(15);
      }
    } catch (InterruptedException | RuntimeException | AssertionError e) {
      failures.add(e);
    }
  }

  private void placeUntilAccepted(int order) throws InterruptedException {
    String key = UUID.randomUUID().toString();
    String body =
        OrderApi.body(
            order % 11 == 0 ? "gold-grinder" : "espresso-beans",
            1 + order % 3,
            TOKENS.get(order % TOKENS.size()));
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      List<String> targets = List.copyOf(instances);
      String target = targets.get((order + attempt) % targets.size());
      try {
        Answer answer = http.send("POST", target + "/orders", body, "Idempotency-Key", key);
        if (answer.status() == 202) {
          accepted.put(key, answer.body().path("orderId").asText());
          return;
        }
        assertThat(answer.status()).as(answer.raw().body()).isEqualTo(503);
      } catch (IOException notAnswered) {
        // Whether it was accepted is not known: repeated with the same key.
      }
      repeated.incrementAndGet();
      Thread.sleep(100);
    }
    throw new AssertionError("not accepted after " + ATTEMPTS + " attempts: " + key);
  }
}
