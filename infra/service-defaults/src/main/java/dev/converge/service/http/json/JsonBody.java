package dev.converge.service.http.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.http.syntax.MediaType;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads request bodies strictly. Unknown fields are refused, and one answer lists all faults by
 * their fields. A body that is not JSON is refused before that.
 */
public final class JsonBody {
  /** The longest body. */
  public static final int MAX_BYTES = 65_536;

  static final int MAX_DEPTH = 16;
  static final int MAX_TEXT_CHARS = 256;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .build();

  private JsonBody() {}

  /**
   * Reads the body.
   *
   * @param read reads the fields and checks their rules; the faults that it adds are reported
   *     together after it returns
   * @throws Problem where the media type, the JSON or a field is not acceptable
   */
  public static <T> T read(RoutingContext request, Function<BodyObject, T> read) {
    return parse(text(request), read);
  }

  /**
   * Checks a body that is read elsewhere.
   *
   * @throws Problem where it is no JSON object, or has two fields with one name
   */
  public static void requireObject(RoutingContext request) {
    BodyFaults faults = new BodyFaults();
    JsonValue.Fields unused = object(text(request), faults);
    faults.raise();
  }

  private static String text(RoutingContext request) {
    requireJson(request);
    Buffer body = request.body().buffer();
    return body == null ? "" : utf8(body.getBytes());
  }

  /**
   * Reads a text as a body.
   *
   * @throws Problem where the JSON or a field is not acceptable
   */
  public static <T> T parse(String text, Function<BodyObject, T> read) {
    BodyFaults faults = new BodyFaults();
    T value = BodyObject.read(new BodyObject("", object(text, faults), faults), read);
    faults.raise();
    return value;
  }

  private static JsonValue.Fields object(String text, BodyFaults faults) {
    if (text.isBlank()) {
      faults.structure("", "a body is required");
      faults.raise();
    }
    if (JsonSyntax.read(text, faults) instanceof JsonValue.Fields fields) {
      return fields;
    }
    throw Problem.of(ProblemType.INVALID_BODY, List.of(new Problem.Fault("", "must be an object")));
  }

  /** Writes a record as JSON; times as RFC 3339. */
  public static String write(Record value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(value.getClass().getName() + " cannot be written", e);
    }
  }

  private static void requireJson(RoutingContext request) {
    HttpServerRequest headers = request.request();
    Problem refusal =
        refusal(
            headers.getHeader(HttpHeaders.CONTENT_TYPE),
            headers.getHeader(HttpHeaders.CONTENT_ENCODING));
    if (refusal != null) {
      throw refusal;
    }
  }

  /**
   * The problem of a body that is not JSON in UTF-8 by its headers, or null.
   *
   * @param contentType its Content-Type
   * @param encoding its Content-Encoding
   */
  public static @Nullable Problem refusal(@Nullable String contentType, @Nullable String encoding) {
    if (contentType == null) {
      return unsupported("no Content-Type (expected: application/json)");
    }
    if (!MediaType.isJson(contentType)) {
      return unsupported("Content-Type: " + contentType + " (expected: application/json)");
    }
    return encoding == null
        ? null
        : unsupported("Content-Encoding: " + encoding + " (expected: none)");
  }

  private static Problem unsupported(String detail) {
    return Problem.of(ProblemType.UNSUPPORTED_MEDIA_TYPE, detail);
  }

  private static String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw Problem.of(ProblemType.MALFORMED_JSON, "the body is not UTF-8");
    }
  }
}
