package dev.converge.lab.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * An answer of the order service.
 *
 * @param body missing if it is no JSON
 */
record Answer(int status, JsonNode body, String digest, @Nullable String location) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static Future<Answer> of(HttpClientResponse response) {
    return response
        .body()
        .map(
            body ->
                new Answer(
                    response.statusCode(),
                    parsed(body),
                    digest(body.getBytes()),
                    response.getHeader("Location")));
  }

  /** The outcome of a request: unknown without an answer. */
  static Outcome outcome(@Nullable Answer answer) {
    return Outcome.of(answer == null ? 0 : answer.status());
  }

  /** The part of an answer that the history records: of a refusal, only its status. */
  static Answered answered(@Nullable Answer answer) {
    if (answer == null) {
      return Answered.NONE;
    }
    return outcome(answer) == Outcome.OK
        ? new Answered(
            answer.status(),
            answer.orderId(),
            answer.text("status"),
            answer.version(),
            answer.location(),
            answer.digest())
        : Answered.ofStatus(answer.status());
  }

  @Nullable String orderId() {
    return text("orderId");
  }

  private @Nullable Integer version() {
    return body.has("version") ? Integer.valueOf(body.path("version").asInt()) : null;
  }

  private @Nullable String text(String field) {
    return body.hasNonNull(field) ? body.path(field).asText() : null;
  }

  private static JsonNode parsed(Buffer body) {
    try {
      return body.length() == 0 ? JSON.missingNode() : JSON.readTree(body.getBytes());
    } catch (JsonProcessingException notJson) {
      return JSON.missingNode();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static @Nullable String digest(@Nullable String text) {
    return text == null ? null : digest(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
