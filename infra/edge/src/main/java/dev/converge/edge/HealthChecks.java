package dev.converge.edge;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Requests {@code /livez} of each replica, on a new connection each time. Not {@code /readyz}: all
 * replicas fail it while their database is unavailable, and their own 503 says more than the
 * edge's.
 */
final class HealthChecks {
  private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(1);
  private static final int MOST_CHECKS = 64;

  private final Vertx vertx;
  private final ReplicaSet replicas;
  private final Duration every;
  private final HttpClient client;
  private final Set<Integer> running = new HashSet<>();

  HealthChecks(Vertx vertx, ReplicaSet replicas, Duration every) {
    this.vertx = vertx;
    this.replicas = replicas;
    this.every = every;
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setKeepAlive(false)
                .setConnectTimeout((int) ANSWERED_WITHIN.toMillis()),
            new PoolOptions().setHttp1MaxSize(1).setMaxWaitQueueSize(MOST_CHECKS));
  }

  /** Checks periodically; completes after the first round. */
  Future<Void> start() {
    long timer = vertx.setPeriodic(every.toMillis(), each -> Future.all(checks()));
    return Future.all(checks()).<Void>mapEmpty().onFailure(cause -> vertx.cancelTimer(timer));
  }

  private List<Future<Void>> checks() {
    return replicas.all().stream().map(this::check).toList();
  }

  private Future<Void> check(Replica replica) {
    if (!running.add(replica.index())) {
      return Future.succeededFuture();
    }
    return client
        .request(
            new RequestOptions()
                .setServer(replica.address())
                .setHost("localhost")
                .setURI("/livez")
                .setIdleTimeout(ANSWERED_WITHIN.toMillis()))
        .compose(HttpClientRequest::send)
        .compose(HealthChecks::status)
        .timeout(ANSWERED_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(status -> judge(replica, status))
        .onFailure(cause -> replicas.checkFailed(replica, "/livez: " + cause.getMessage()))
        .onComplete(done -> running.remove(replica.index()))
        .otherwiseEmpty()
        .mapEmpty();
  }

  private static Future<Integer> status(HttpClientResponse response) {
    return response.end().map(response.statusCode());
  }

  private void judge(Replica replica, int status) {
    if (status == 200) {
      replicas.checkPassed(replica);
    } else {
      replicas.checkFailed(replica, "/livez: " + status);
    }
  }
}
