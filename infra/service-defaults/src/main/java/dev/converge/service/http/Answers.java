package dev.converge.service.http;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends answers, with the headers that all of them have. */
public final class Answers {
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);
  private static final CharSequence CONTENT_TYPE_OPTIONS =
      HttpHeaders.createOptimized("x-content-type-options");
  private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");
  // RFC 9110, 5.6.7: two digits for the day, unlike Java's RFC_1123_DATE_TIME.
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private record Second(long number, CharSequence date) {}

  private static volatile Second now = new Second(0, "");

  private Answers() {}

  /** Answers with JSON, unless the request has its answer already. */
  public static void json(RoutingContext request, int status, String json) {
    if (!request.response().ended()) {
      request
          .response()
          .setStatusCode(status)
          .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
          .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
      end(request.request(), json);
    }
  }

  /** Ends an answer. An answer to HEAD has no body, but its length. */
  @CanIgnoreReturnValue
  static Future<Void> end(HttpServerRequest request, String body) {
    Buffer bytes = Buffer.buffer(body);
    HttpServerResponse response = request.response();
    if (HttpMethod.HEAD.equals(request.method())) {
      response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(bytes.length()));
    }
    return sent(withCommonHeaders(response).end(bytes));
  }

  /** Ends an answer that has no body. */
  @CanIgnoreReturnValue
  static Future<Void> endEmpty(HttpServerRequest request) {
    return sent(withCommonHeaders(request.response()).end());
  }

  private static HttpServerResponse withCommonHeaders(HttpServerResponse response) {
    return response.putHeader(HttpHeaders.DATE, date()).putHeader(CONTENT_TYPE_OPTIONS, NOSNIFF);
  }

  private static Future<Void> sent(Future<Void> end) {
    return end.onFailure(
        cause -> LOG.debug("client left before the answer: {}", cause.getMessage()));
  }

  /** The common headers for an answer that is written without Vert.x. */
  static List<String> commonHeaderLines() {
    return List.of("date: " + date(), CONTENT_TYPE_OPTIONS + ": " + NOSNIFF);
  }

  private static CharSequence date() {
    long number = System.currentTimeMillis() / 1_000;
    Second current = now;
    if (current.number() != number) {
      String text = DATE.format(Instant.ofEpochSecond(number));
      current = new Second(number, HttpHeaders.createOptimized(text));
      now = current;
    }
    return current.date();
  }
}
