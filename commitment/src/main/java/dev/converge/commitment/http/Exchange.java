package dev.converge.commitment.http;

import dev.converge.commitment.GlobalId;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads requests strictly and writes their answers. */
final class Exchange {
  /** The longest body of a request or an answer. */
  static final int MAX_BODY_BYTES = 65_536;

  /** The types of problems with status 409. */
  enum Conflict {
    VOTE_REFUSED("Vote refused"),
    BRANCH_NOT_IN_DOUBT("Branch not in doubt"),
    TRANSACTION_DECIDED_OTHERWISE("Transaction decided otherwise"),
    BRANCH_NOT_DIVERGENT("Branch not divergent");

    private final String title;

    Conflict(String title) {
      this.title = title;
    }
  }

  private static final String RETRY_AFTER_SECONDS = "2";
  private static final String PROBLEM = "application/problem+json";

  private Exchange() {}

  /** The transaction of the path; empty, and answered with 404, if the name is not valid. */
  static Optional<GlobalId> id(RoutingContext request) {
    String text = request.pathParam("gid");
    Optional<GlobalId> id = text == null ? Optional.empty() : GlobalId.parse(text);
    if (id.isEmpty()) {
      request.fail(404);
    }
    return id;
  }

  /** The body, a JSON object; empty, and answered with 4xx, if it is none. */
  static Optional<JsonObject> body(RoutingContext request) {
    Buffer bytes = request.body().buffer();
    if (!isJson(request.request().getHeader(HttpHeaders.CONTENT_TYPE))) {
      return refused(request, 415);
    }
    if (bytes == null || bytes.length() == 0) {
      return refused(request, 400);
    }
    if (bytes.length() > MAX_BODY_BYTES) {
      return refused(request, 413);
    }
    try {
      return Optional.of(ExactJson.decode(bytes));
    } catch (DecodeException notAnObject) {
      // Then the request is refused.
      return refused(request, 400);
    }
  }

  /** Whether a request that takes no body has none; else it is answered with 400. */
  static boolean hasNoBody(RoutingContext request) {
    Buffer bytes = request.body().buffer();
    if (bytes != null && bytes.length() > 0) {
      request.fail(400);
      return false;
    }
    return true;
  }

  private static Optional<JsonObject> refused(RoutingContext request, int status) {
    request.fail(status);
    return Optional.empty();
  }

  private static boolean isJson(@Nullable String type) {
    if (type == null) {
      return false;
    }
    String lower = type.toLowerCase(Locale.ROOT).strip();
    return lower.equals("application/json") || lower.startsWith("application/json;");
  }

  static void answer(RoutingContext request, JsonObject body) {
    end(request, 200, "application/json", body);
  }

  /** Answers with 409 and a problem (RFC 9457) that has further fields. */
  static void conflict(
      RoutingContext request, Conflict conflict, String detail, JsonObject fields) {
    String type = conflict.name().toLowerCase(Locale.ROOT).replace('_', '-');
    end(request, 409, PROBLEM, problem(request, 409, type, conflict.title, detail).mergeIn(fields));
  }

  /** Answers with 404, and why there is no such resource. */
  static void notFound(RoutingContext request, String why) {
    end(request, 404, PROBLEM, problem(request, 404, "not-found", "Not found", why));
  }

  /** Answers with 503, and why the request should be repeated. */
  static void retryLater(RoutingContext request, String why) {
    request.response().putHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
    end(request, 503, PROBLEM, problem(request, 503, "unavailable", "Unavailable", why));
  }

  private static JsonObject problem(
      RoutingContext request, int status, String type, String title, String detail) {
    JsonObject problem =
        new JsonObject()
            .put("type", "/problems/" + type)
            .put("title", title)
            .put("status", status)
            .put("detail", detail)
            .put("instance", request.request().path());
    // Where the server has given the request a trace, it names it in this header.
    String traceId = request.response().headers().get("X-Trace-Id");
    if (traceId != null) {
      problem.put("traceId", traceId);
    }
    return problem;
  }

  private static void end(RoutingContext request, int status, String type, JsonObject body) {
    if (!request.response().ended()) {
      request
          .response()
          .setStatusCode(status)
          .putHeader(HttpHeaders.CONTENT_TYPE, type)
          .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
          .end(body.toBuffer())
          // The client has left; the state is in the database.
          .onFailure(gone -> {});
    }
  }
}
