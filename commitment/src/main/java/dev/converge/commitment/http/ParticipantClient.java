package dev.converge.commitment.http;

import dev.converge.commitment.Coordinator;
import dev.converge.commitment.Decision;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.RefusedException;
import dev.converge.commitment.Spans;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends requests to the services of a transaction, over HTTP. */
public final class ParticipantClient implements Coordinator.Participants {
  private static final int MAX_CONNECTIONS_OF_A_SERVICE = 64;
  private static final int MAX_WAITING = 512;
  // Less than the idle timeout of a server's connection.
  private static final int KEEP_ALIVE_SECONDS = 10;

  /**
   * How long to wait for an answer.
   *
   * @param vote to a request to prepare
   * @param other to any other request
   */
  public record Timeouts(Duration vote, Duration other) {
    /** One second for a vote, half a second for anything else. */
    public static Timeouts standard() {
      return new Timeouts(Duration.ofSeconds(1), Duration.ofMillis(500));
    }
  }

  private record Answer(int status, Buffer bytes) {
    JsonObject body() {
      return new JsonObject(bytes);
    }
  }

  private final HttpClient http;
  private final Map<String, URI> services;
  private final Timeouts timeouts;

  /**
   * @param services the addresses of the services by their names in a {@link GlobalId}
   */
  public ParticipantClient(Vertx vertx, Map<String, URI> services, Timeouts timeouts) {
    this.http =
        vertx.createHttpClient(
            new HttpClientOptions().setKeepAliveTimeout(KEEP_ALIVE_SECONDS),
            new PoolOptions()
                .setHttp1MaxSize(MAX_CONNECTIONS_OF_A_SERVICE)
                .setMaxWaitQueueSize(MAX_WAITING));
    this.services = Map.copyOf(services);
    this.timeouts = timeouts;
  }

  @Override
  public Future<BranchState> request(Coordinator.Request request) {
    String path = "/transactions/" + request.id().text();
    boolean isVote = request.event() == BranchEvent.PREPARE;
    Future<Answer> answer =
        isVote
            ? send(request.participant(), HttpMethod.PUT, path, request.body(), request.trace())
            : send(
                request.participant(),
                HttpMethod.POST,
                path + "/" + request.event().name().toLowerCase(Locale.ROOT),
                null,
                request.trace());
    return answer.compose(ParticipantClient::state);
  }

  /** The state of a participant's branch. */
  public Future<BranchState> state(String participant, GlobalId id, Context trace) {
    return send(participant, HttpMethod.GET, "/transactions/" + id.text(), null, trace)
        .compose(ParticipantClient::state);
  }

  /**
   * Proposes abort to the register of a service, and returns the registered decision.
   *
   * @param trace the span that proposes; it gets the name of the service
   */
  public Future<Decision> proposeAbort(String coordinator, GlobalId id, Context trace) {
    Spans.nameReceiver(trace, coordinator);
    return send(
            coordinator,
            HttpMethod.POST,
            "/transactions/" + id.text() + "/proposals",
            new JsonObject().put("decision", Decision.ABORT.name()),
            trace)
        .compose(ParticipantClient::decision);
  }

  private static Future<BranchState> state(Answer answer) {
    String reason = answer.status() == 409 ? answer.body().getString("reason") : null;
    if (reason != null) {
      return Future.failedFuture(new RefusedException(reason));
    }
    return answer.status() == 200
        ? Future.succeededFuture(BranchState.valueOf(answer.body().getString("state")))
        : unexpected(answer);
  }

  private static Future<Decision> decision(Answer answer) {
    return answer.status() == 200
        ? Future.succeededFuture(Decision.valueOf(answer.body().getString("decision")))
        : unexpected(answer);
  }

  private static <T> Future<T> unexpected(Answer answer) {
    return Future.failedFuture("answered with status " + answer.status());
  }

  private Future<Answer> send(
      String service, HttpMethod method, String path, @Nullable JsonObject body, Context trace) {
    URI address = services.get(service);
    if (address == null) {
      return Future.failedFuture(new IllegalArgumentException("no address of " + service));
    }
    Duration timeout = method.equals(HttpMethod.PUT) ? timeouts.vote() : timeouts.other();
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setHost(address.getHost())
            .setPort(address.getPort())
            .setURI(path)
            .setConnectTimeout(timeout.toMillis())
            .setIdleTimeout(timeout.toMillis());
    TraceHeaders.write(trace, options);
    // A server may close a kept-alive connection at any time, and every request is idempotent.
    return send(options, body)
        .recover(
            cause ->
                cause instanceof HttpClosedException
                    ? send(options, body)
                    : Future.failedFuture(cause))
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Future<Answer> send(RequestOptions options, @Nullable JsonObject body) {
    if (body != null) {
      options.putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
    }
    return http.request(options).compose(request -> exchange(request, body));
  }

  // The answer is read where it arrives: a caller outside of an event loop would be too late.
  private static Future<Answer> exchange(HttpClientRequest request, @Nullable JsonObject body) {
    return (body == null ? request.send() : request.send(body.toBuffer()))
        .compose(ParticipantClient::read);
  }

  private static Future<Answer> read(HttpClientResponse response) {
    String length = response.getHeader(HttpHeaders.CONTENT_LENGTH);
    if (length != null && length.length() > 5) {
      return Future.failedFuture("an answer of " + length + " bytes");
    }
    return response.body().map(body -> new Answer(response.statusCode(), body));
  }
}
