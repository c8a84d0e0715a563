package dev.converge.edge;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.httpproxy.HttpProxy;
import io.vertx.httpproxy.ProxyContext;
import io.vertx.httpproxy.ProxyInterceptor;
import io.vertx.httpproxy.ProxyOptions;
import io.vertx.httpproxy.ProxyResponse;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves one route: admits requests within its bound, and proxies them. Used by one event loop. */
final class RouteProxy implements ProxyInterceptor, Exchange.Surroundings {
  private static final Logger LOG = LoggerFactory.getLogger(RouteProxy.class);

  static final int HEADER_BYTES = 16_384;

  /** The services close idle connections after 30 s; the edge must be first. */
  private static final int KEEP_ALIVE_SECONDS = 10;

  private static final int CONNECTED_WITHIN_MILLIS = 1_000;

  /** How long the rest of a body is read after an answer. */
  private static final long LINGER_MILLIS = 1_000;

  private static final RetryBudget BUDGET = RetryBudget.STANDARD;
  private static final String EXCHANGE = "exchange";

  private final Vertx vertx;
  private final ReplicaSet replicas;
  private final EdgeConfig.Limits limits;
  private final EdgeMetrics metrics;
  private final BooleanSupplier isDraining;
  private final HttpClient client;
  private final HttpProxy proxy;
  private int requestsInFlight;
  private int retriesInFlight;

  RouteProxy(
      Vertx vertx,
      ReplicaSet replicas,
      EdgeConfig.Limits limits,
      EdgeMetrics metrics,
      BooleanSupplier isDraining) {
    this.vertx = vertx;
    this.replicas = replicas;
    this.limits = limits;
    this.metrics = metrics;
    this.isDraining = isDraining;
    this.client =
        vertx
            .httpClientBuilder()
            .with(
                new HttpClientOptions()
                    .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                    .setConnectTimeout(CONNECTED_WITHIN_MILLIS)
                    .setMaxHeaderSize(HEADER_BYTES)
                    .setTracingPolicy(TracingPolicy.IGNORE))
            // As many as requests are admitted: none waits for a connection.
            .with(
                new PoolOptions()
                    .setHttp1MaxSize(limits.requests())
                    .setMaxWaitQueueSize(limits.requests()))
            // The exchange reports a failure; without a handler Vert.x would log it as an error.
            .withConnectHandler(
                connection ->
                    connection.exceptionHandler(cause -> LOG.debug("a connection", cause)))
            .build();
    this.proxy =
        HttpProxy.reverseProxy(new ProxyOptions().setSupportWebSocket(false), client)
            .origin(context -> exchange(context).connect())
            .addInterceptor(this);
    metrics.register(replicas, () -> requestsInFlight);
  }

  void handle(HttpServerRequest asked) {
    if (asked.authority() == null) {
      refuse(asked, EdgeProblem.NO_HOST);
    } else if (requestsInFlight >= limits.requests()) {
      refuse(asked, EdgeProblem.TOO_MANY_REQUESTS);
    } else {
      requestsInFlight++;
      asked
          .response()
          .endHandler(
              ended -> {
                requestsInFlight--;
                closeIfUnread(asked);
              });
      proxy.handle(asked);
    }
  }

  private void refuse(HttpServerRequest asked, EdgeProblem problem) {
    metrics.refused(problem);
    HttpServerResponse response = asked.response().setStatusCode(problem.type().status());
    response.putHeader("content-type", EdgeProblem.MEDIA_TYPE).putHeader("via", ProxyHeaders.VIA);
    if (problem.passes()) {
      response.putHeader("retry-after", EdgeProblem.RETRY_AFTER_SECONDS);
    }
    if (Exchange.declaredBytes(asked) != 0 || isDraining.getAsBoolean()) {
      // The body is not read.
      response.putHeader("connection", "close");
    }
    Future<Void> sent = response.end(problem.body(asked.path()));
    sent.onComplete(done -> closeIfUnread(asked));
  }

  // A close while the client still sends would reset the connection and lose the answer.
  private void closeIfUnread(HttpServerRequest asked) {
    if (!asked.isEnded()) {
      vertx.setTimer(LINGER_MILLIS, each -> asked.connection().close());
    }
  }

  @Override
  public Future<ProxyResponse> handleProxyRequest(ProxyContext context) {
    Exchange exchange = new Exchange(this, context);
    context.set(EXCHANGE, exchange);
    return exchange.run();
  }

  @Override
  public Future<Void> handleProxyResponse(ProxyContext context) {
    if (isDraining.getAsBoolean()) {
      context.response().putHeader("connection", "close");
    }
    return context.sendResponse();
  }

  private static Exchange exchange(ProxyContext context) {
    Exchange exchange = context.get(EXCHANGE, Exchange.class);
    if (exchange == null) {
      throw new IllegalStateException("a request without an exchange");
    }
    return exchange;
  }

  @Override
  public ReplicaSet replicas() {
    return replicas;
  }

  @Override
  public HttpClient client() {
    return client;
  }

  @Override
  public EdgeMetrics metrics() {
    return metrics;
  }

  @Override
  public EdgeConfig.Limits limits() {
    return limits;
  }

  @Override
  public boolean admitsRetry() {
    return BUDGET.admits(retriesInFlight, requestsInFlight);
  }

  @Override
  public void retryBegins() {
    retriesInFlight++;
  }

  @Override
  public void retryEnds() {
    retriesInFlight--;
  }
}
