package dev.converge.edge;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.endpoint.ServerInteraction;
import io.vertx.httpproxy.Body;
import io.vertx.httpproxy.MediaType;
import io.vertx.httpproxy.ProxyContext;
import io.vertx.httpproxy.ProxyRequest;
import io.vertx.httpproxy.ProxyResponse;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request of a client, with its attempts. Used by one event loop. */
final class Exchange {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final MediaType PROBLEM =
      Objects.requireNonNull(MediaType.parse(EdgeProblem.MEDIA_TYPE));

  /** The body of a request that can be repeated; the services accept no slower one. */
  private static final long BODY_WITHIN_MILLIS = 10_000;

  private static final String IDEMPOTENCY_KEY = "idempotency-key";

  /** The replica refused the connection, or did not accept it in time. */
  private static final class NotConnectedException extends Exception {
    private static final long serialVersionUID = 1L;

    NotConnectedException(Throwable cause) {
      super(cause);
    }
  }

  /** The shared state of a route, as its exchanges use it. */
  interface Surroundings {
    ReplicaSet replicas();

    HttpClient client();

    EdgeMetrics metrics();

    EdgeConfig.Limits limits();

    /** Whether one more retry is within the budget. */
    boolean admitsRetry();

    void retryBegins();

    void retryEnds();
  }

  private final Surroundings route;
  private final ProxyContext context;
  private final HttpServerRequest asked;
  private final @Nullable String key;
  private final boolean isRepeatable;
  private final long deadlineNanos;
  private final Set<Integer> tried = new LinkedHashSet<>();
  private @Nullable Buffer kept;
  private @Nullable Replica replica;

  Exchange(Surroundings route, ProxyContext context) {
    this.route = route;
    this.context = context;
    this.asked = context.request().proxiedRequest();
    ProxyRequest request = context.request();
    ProxyHeaders.ofRequest(request.headers(), asked.remoteAddress().hostAddress());
    this.key = request.headers().get(IDEMPOTENCY_KEY);
    this.isRepeatable =
        RetryRules.isRepeatable(asked.method().name(), asked.path(), key != null)
            && RetryRules.isKept(declaredBytes(asked));
    this.deadlineNanos = System.nanoTime() + route.limits().request().toNanos();
    HostAndPort host = asked.authority();
    if (host != null) {
      request.setAuthority(host);
    }
  }

  /** The length of a body: 0 for none, -1 where it is not declared. */
  static long declaredBytes(HttpServerRequest request) {
    if (request.headers().contains("transfer-encoding")) {
      return -1;
    }
    String length = request.getHeader("content-length");
    if (length == null) {
      return 0;
    }
    return length.matches("\\d{1,18}") ? Long.parseLong(length) : -1;
  }

  /** Sends the request; completes with the response of a replica, or with a problem. */
  Future<ProxyResponse> run() {
    if (!isRepeatable) {
      return attempt();
    }
    Future<Buffer> body = asked.body().timeout(BODY_WITHIN_MILLIS, TimeUnit.MILLISECONDS);
    asked.resume();
    return body.transform(this::received);
  }

  private Future<ProxyResponse> received(AsyncResult<Buffer> body) {
    if (body.failed()) {
      return refused(EdgeProblem.BODY_TOO_SLOW);
    }
    kept = body.result();
    return attempt();
  }

  private Future<ProxyResponse> attempt() {
    // A request always has a first replica; before a further attempt, there is another one.
    Replica selected = route.replicas().select(tried, key).orElseThrow();
    replica = selected;
    boolean isRetry = !tried.isEmpty();
    tried.add(selected.index());
    Buffer body = kept;
    if (body != null) {
      context.request().setBody(body.length() == 0 ? null : bodyOf(body));
    }
    ServerInteraction interaction = selected.newInteraction();
    if (isRetry) {
      route.retryBegins();
      route.metrics().retried();
    }
    return context
        .sendRequest()
        .onComplete(
            sent -> {
              if (isRetry) {
                route.retryEnds();
              }
            })
        .transform(
            sent ->
                sent.succeeded()
                    ? responded(selected, interaction, sent.result())
                    : failed(selected, interaction, sent.cause()));
  }

  private static Body bodyOf(Buffer body) {
    // The headers have the type; a stream can be read once, so each attempt has its own.
    return Body.body(Body.body(body).stream(), body.length());
  }

  /** Connects to the replica of the attempt. The proxy calls it. */
  Future<HttpClientRequest> connect() {
    Replica target = Objects.requireNonNull(replica);
    return route
        .client()
        .request(new RequestOptions().setServer(target.address()).setIdleTimeout(attemptMillis()))
        .recover(Exchange::notConnected)
        .onSuccess(connected -> route.replicas().connected(target));
  }

  private long attemptMillis() {
    return Math.max(1, Math.min(route.limits().attempt().toMillis(), leftMillis()));
  }

  private long leftMillis() {
    return TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
  }

  private static Future<HttpClientRequest> notConnected(Throwable cause) {
    return Future.failedFuture(
        cause instanceof ConnectionPoolTooBusyException ? cause : new NotConnectedException(cause));
  }

  private Future<ProxyResponse> responded(
      Replica from, ServerInteraction interaction, ProxyResponse response) {
    HttpClientResponse received = response.proxiedResponse();
    interaction.reportResponseBegin();
    // A response that breaks off ends as well.
    received
        .end()
        .onSuccess(ended -> interaction.reportResponseEnd())
        .onFailure(interaction::reportFailure);
    route.metrics().responded(from, received.statusCode());
    ProxyHeaders.ofResponse(response.headers());
    if (received.statusCode() == 204 || received.statusCode() == 304) {
      // The proxy would announce a body in chunks.
      response.setBody(null);
      received.resume();
    }
    return Future.succeededFuture(response);
  }

  private Future<ProxyResponse> failed(
      Replica from, ServerInteraction interaction, Throwable cause) {
    interaction.reportFailure(cause);
    Failure failure = failure(cause);
    route.metrics().failed(from, failure);
    LOG.debug("{} {}: {}", asked.method(), asked.path(), failure, cause);
    if (failure == Failure.NOT_CONNECTED) {
      route.replicas().connectionFailed(from);
    }
    boolean isRetried =
        RetryRules.isRetried(
            failure, isRepeatable, tried.size(), route.admitsRetry(), leftMillis());
    return isRetried && route.replicas().select(tried, key).isPresent()
        ? attempt()
        : refused(EdgeProblem.of(failure));
  }

  private Failure failure(Throwable cause) {
    if (asked.response().closed()) {
      return Failure.CLIENT_CLOSED;
    }
    if (cause instanceof NotConnectedException) {
      return Failure.NOT_CONNECTED;
    }
    if (cause instanceof ConnectionPoolTooBusyException) {
      return Failure.NO_CONNECTION_LEFT;
    }
    return cause instanceof TimeoutException || cause.getCause() instanceof TimeoutException
        ? Failure.TIMED_OUT
        : Failure.RESET;
  }

  private Future<ProxyResponse> refused(EdgeProblem problem) {
    route.metrics().refused(problem);
    Buffer body = problem.body(asked.path());
    ProxyResponse response =
        context
            .request()
            .response()
            .setStatusCode(problem.type().status())
            .putHeader("via", ProxyHeaders.VIA)
            .setBody(Body.body(body, PROBLEM));
    if (problem.passes()) {
      response.putHeader("retry-after", EdgeProblem.RETRY_AFTER_SECONDS);
    }
    if (!asked.isEnded()) {
      // The rest of the body is not read.
      response.putHeader("connection", "close");
      asked.resume();
    }
    return Future.succeededFuture(response);
  }
}
