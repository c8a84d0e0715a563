package dev.converge.lab.load;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Places orders: open loop, at a rate that no answer slows down; or closed loop, as a flood. */
final class OrderLoad {
  private static final int MAX_QUEUED = 100_000;
  private static final long ANSWER_WITHIN_MS = 60_000;

  private final Vertx vertx;
  private final Map<Integer, HttpClient> postsByConnections = new HashMap<>();
  private final HttpClient waits;
  private final RequestOptions target;
  private final OrderBodies bodies;
  private final Random random;

  /**
   * @param seed of the orders and their keys; no two runs on one database may share it
   */
  OrderLoad(Vertx vertx, URI orderApi, long seed) {
    this.vertx = vertx;
    this.random = new Random(seed);
    this.bodies = new OrderBodies(seed);
    this.waits = client(vertx, LoadPlan.MANY_CONNECTIONS);
    this.target =
        new RequestOptions()
            .setHost(orderApi.getHost())
            .setPort(orderApi.getPort())
            .setURI("/orders")
            .setMethod(HttpMethod.POST)
            .setIdleTimeout(ANSWER_WITHIN_MS);
  }

  private static HttpClient client(Vertx vertx, int connections) {
    return vertx.createHttpClient(
        new HttpClientOptions()
            .setKeepAlive(true)
            // Less than the server's: a connection it closes while it is used again is no failure.
            .setKeepAliveTimeout(15)
            .setConnectTimeout(5_000)
            .setTcpNoDelay(true),
        new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(MAX_QUEUED));
  }

  Future<LoadResult> run(LoadPlan plan) {
    HttpClient posts =
        postsByConnections.computeIfAbsent(
            plan.connections(), connections -> client(vertx, connections));
    Step step = new Step(plan, posts);
    vertx.runOnContext(begin -> step.begin());
    return step.done.future();
  }

  private final class Step {
    private final LoadPlan plan;
    private final HttpClient posts;
    private final Promise<LoadResult> done = Promise.promise();
    private final Histogram post = new Histogram(3);
    private final Histogram completed = new Histogram(3);
    private final Map<Integer, Long> statuses = new TreeMap<>();
    private final long begin = System.nanoTime();
    private final long cpuBefore = cpuNanos();
    private long offered;
    private long open;
    private long accepted;
    private long acceptedInTime;
    private long shed;
    private double seconds;
    private boolean ended;

    Step(LoadPlan plan, HttpClient posts) {
      this.plan = plan;
      this.posts = posts;
    }

    void begin() {
      if (plan.clients() > 0) {
        for (int client = 0; client < plan.clients(); client++) {
          again();
        }
        vertx.setTimer(plan.millis(), over -> end());
      } else {
        vertx.setPeriodic(1, this::offerDue);
      }
    }

    private void offerDue(long timer) {
      long now = System.nanoTime();
      double nanosPerOrder = TimeUnit.SECONDS.toNanos(1) / plan.ordersPerSecond();
      double planned = plan.ordersPerSecond() * plan.millis() / 1_000;
      // Meant to be sent at these times, however late this timer or the answers are.
      while (offered < planned && begin + (long) (offered * nanosPerOrder) <= now) {
        offer(begin + (long) (offered * nanosPerOrder));
      }
      if (offered >= planned) {
        vertx.cancelTimer(timer);
        end();
      }
    }

    private void again() {
      if (!ended) {
        offer(System.nanoTime());
      }
    }

    private void end() {
      ended = true;
      seconds = (System.nanoTime() - begin) / 1e9;
      acceptedInTime = accepted;
      finishIfAnswered();
    }

    private void offer(long intendedNanos) {
      offered++;
      open++;
      boolean wait = random.nextDouble() < plan.waitShare();
      String body = bodies.next();
      // Random, as clients' keys are: neighbours in time are none in the index.
      String key = new UUID(random.nextLong(), random.nextLong()).toString();
      (wait ? waits : posts)
          .request(target)
          .compose(request -> send(request, key, body, wait))
          .compose(response -> response.body().map(read -> response))
          .onComplete(answer -> answered(answer.result(), wait, intendedNanos));
    }

    private Future<HttpClientResponse> send(
        HttpClientRequest request, String key, String body, boolean wait) {
      request.putHeader("Content-Type", "application/json").putHeader("Idempotency-Key", key);
      if (wait) {
        request.putHeader("Prefer", "wait=20");
      }
      return request.send(body);
    }

    private void answered(@Nullable HttpClientResponse answer, boolean waited, long intendedNanos) {
      int status = answer == null ? 0 : answer.statusCode();
      boolean toldWhen = answer != null && answer.getHeader("Retry-After") != null;
      open--;
      statuses.merge(status, 1L, Long::sum);
      long nanos = System.nanoTime() - intendedNanos;
      switch (status) {
        // An order that was waited for in vain has taken so long at least.
        case 201, 202 -> {
          accepted++;
          (waited ? completed : post).recordValue(nanos);
        }
        // Without the header it is a failure: the client is not told when to come again.
        case 429, 503 -> shed += toldWhen ? 1 : 0;
        default -> {}
      }
      if (plan.clients() > 0) {
        again();
      }
      finishIfAnswered();
    }

    private void finishIfAnswered() {
      if (ended && open == 0) {
        done.tryComplete(
            LoadResult.of(
                plan.name(),
                seconds,
                offered,
                accepted,
                acceptedInTime,
                shed,
                statuses,
                post,
                completed,
                (cpuNanos() - cpuBefore) / 1e6));
      }
    }
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
