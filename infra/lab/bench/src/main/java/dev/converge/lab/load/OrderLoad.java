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
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Places orders: open loop, at a rate that no answer slows down; or closed loop, as a flood. */
final class OrderLoad {
  /** More than the service admits to its queue: orders queue there, or are refused. */
  private static final int CONNECTIONS = 3_500;

  private static final int MAX_QUEUED = 100_000;

  /** Beside the clients of a closed loop, so that it has times to the end as well. */
  private static final int WAITING_CLIENTS = 2;

  private static final long ANSWER_WITHIN_MS = 60_000;

  private final Vertx vertx;
  private final HttpClient http;
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
    this.http =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setKeepAlive(true)
                // Less than the server's: a connection it closes while it is used again is no
                // failure.
                .setKeepAliveTimeout(15)
                .setConnectTimeout(5_000)
                .setTcpNoDelay(true),
            new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(MAX_QUEUED));
    this.target =
        new RequestOptions()
            .setHost(orderApi.getHost())
            .setPort(orderApi.getPort())
            .setURI("/orders")
            .setMethod(HttpMethod.POST)
            .setIdleTimeout(ANSWER_WITHIN_MS);
  }

  Future<LoadResult> run(LoadPlan plan) {
    Step step = new Step(plan);
    vertx.runOnContext(begin -> step.begin());
    return step.done.future();
  }

  private final class Step {
    private final LoadPlan plan;
    private final Promise<LoadResult> done = Promise.promise();
    private final Histogram post = new Histogram(3);
    private final Histogram completed = new Histogram(3);
    private final Histogram refused = new Histogram(3);
    private final Map<Integer, Long> statuses = new TreeMap<>();
    private final long begin = System.nanoTime();
    private final long cpuBefore = cpuNanos();
    private long offered;
    private long open;
    private long accepted;
    private long acceptedInTime;
    private long shed;
    private long waitsTimedOut;
    private double seconds;
    private boolean ended;

    Step(LoadPlan plan) {
      this.plan = plan;
    }

    void begin() {
      if (plan.clients() > 0) {
        for (int client = 0; client < plan.clients(); client++) {
          again(false);
        }
        for (int client = 0; client < WAITING_CLIENTS; client++) {
          again(true);
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
        offer(begin + (long) (offered * nanosPerOrder), random.nextDouble() < plan.waitShare());
      }
      if (offered >= planned) {
        vertx.cancelTimer(timer);
        end();
      }
    }

    private void again(boolean wait) {
      if (!ended) {
        offer(System.nanoTime(), wait);
      }
    }

    private void end() {
      ended = true;
      seconds = (System.nanoTime() - begin) / 1e9;
      acceptedInTime = accepted;
      finishIfAnswered();
    }

    private void offer(long intendedNanos, boolean wait) {
      offered++;
      open++;
      String body = bodies.next();
      // Random, like clients' keys: consecutive keys are not neighbours in the index.
      String key = new UUID(random.nextLong(), random.nextLong()).toString();
      http.request(target)
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
      boolean hasRetryAfter = answer != null && answer.getHeader("Retry-After") != null;
      open--;
      statuses.merge(status, 1L, Long::sum);
      long nanos = System.nanoTime() - intendedNanos;
      switch (status) {
        case 201, 202 -> {
          accepted++;
          // An order that had not ended in time has taken at least this long.
          (waited ? completed : post).recordValue(nanos);
          waitsTimedOut += waited && status == 202 ? 1 : 0;
        }
        case 429, 503 -> {
          refused.recordValue(nanos);
          // Without the header it is a failure: the client does not know when to retry.
          shed += hasRetryAfter ? 1 : 0;
        }
        default -> {}
      }
      if (plan.clients() > 0) {
        again(waited);
      }
      finishIfAnswered();
    }

    private void finishIfAnswered() {
      if (ended && open == 0) {
        done.tryComplete(
            LoadResult.of(
                plan.name(),
                seconds,
                new LoadResult.Answers(
                    OrderCounts.of(offered, accepted, shed, waitsTimedOut),
                    acceptedInTime,
                    statuses),
                Histograms.of(post, completed, refused),
                (cpuNanos() - cpuBefore) / 1e6));
      }
    }
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
