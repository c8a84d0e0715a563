package dev.converge.service;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.PropertyBindingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Strict reading of request bodies: what is not understood is refused, by the name of its field.
 */
public final class JsonBody {
  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(HttpLimits.JSON_DEPTH)
                          .maxNumberLength(HttpLimits.JSON_NUMBER_DIGITS)
                          .maxStringLength(HttpLimits.JSON_STRING_CHARS)
                          .build())
                  .build())
          .addModule(new JavaTimeModule())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          // Else a text of blanks is taken for a number that is not there.
          .withCoercionConfigDefaults(
              coercion ->
                  coercion
                      .setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail)
                      .setAcceptBlankAsEmpty(false))
          .withCoercionConfig(
              LogicalType.Textual,
              coercion ->
                  coercion
                      .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
          .build();

  private JsonBody() {}

  /**
   * Reads the body as a record.
   *
   * @throws Problem where the media type, the JSON or a field is not acceptable
   */
  public static <T extends Record> T read(RoutingContext request, Class<T> type) {
    requireJson(request);
    Buffer body = request.body().buffer();
    String text = body == null ? "" : utf8(body.getBytes());
    if (text.isBlank()) {
      throw invalid("", "a body is required");
    }
    try (JsonParser parser = JSON.createParser(text)) {
      return parse(parser, type);
    } catch (IOException e) {
      throw new IllegalStateException("a text cannot fail to be read", e);
    }
  }

  private static <T extends Record> T parse(JsonParser parser, Class<T> type) throws IOException {
    try {
      T value = JSON.readValue(parser, type);
      if (value == null) {
        throw invalid("", "must be an object");
      }
      return value;
    } catch (JsonMappingException e) {
      throw e.getCause() instanceof JsonProcessingException cause
              && !(cause instanceof InputCoercionException)
          ? malformed(cause, parser)
          : invalid(e);
    } catch (JsonProcessingException e) {
      throw malformed(e, parser);
    }
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
    String contentType = request.request().getHeader(HttpHeaders.CONTENT_TYPE);
    if (contentType == null) {
      throw noType();
    }
    if (!MediaType.isJson(contentType)) {
      throw unsupportedType(contentType);
    }
    String encoding = request.request().getHeader(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null) {
      throw packed(encoding);
    }
  }

  static Problem packed(String encoding) {
    return Problem.of(
        ProblemType.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding: " + encoding + " (expected: none)");
  }

  static Problem noType() {
    return Problem.of(
        ProblemType.UNSUPPORTED_MEDIA_TYPE, "no Content-Type (expected: application/json)");
  }

  static Problem unsupportedType(String contentType) {
    return Problem.of(
        ProblemType.UNSUPPORTED_MEDIA_TYPE,
        "Content-Type: " + contentType + " (expected: application/json)");
  }

  private static String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw Problem.of(ProblemType.MALFORMED_JSON, "the body is not UTF-8");
    }
  }

  private static Problem invalid(JsonMappingException e) {
    if (String.valueOf(e.getOriginalMessage()).startsWith("Trailing token")) {
      return Problem.of(ProblemType.MALFORMED_JSON, "not well-formed" + at(e));
    }
    String fault = e instanceof PropertyBindingException ? "unknown field" : plain(e);
    return invalid(pointer(e.getPath()), fault);
  }

  private static Problem invalid(String pointer, String fault) {
    return Problem.of(ProblemType.INVALID_BODY, List.of(new Problem.Fault(pointer, fault)));
  }

  /** What the parser stumbled over, by the field it had come to where that field is at fault. */
  private static Problem malformed(JsonProcessingException e, JsonParser parser) {
    String reason = String.valueOf(e.getOriginalMessage());
    String field = parser.getParsingContext().pathAsPointer().toString();
    if (reason.startsWith("Duplicate field")) {
      return invalid(field, "duplicate field");
    }
    if (!(e instanceof StreamConstraintsException)) {
      return Problem.of(ProblemType.MALFORMED_JSON, "not well-formed" + at(e));
    }
    if (reason.startsWith("String")) {
      return invalid(field, "longer than " + HttpLimits.JSON_STRING_CHARS + " characters");
    }
    return reason.startsWith("Number")
        ? invalid(field, "number out of range")
        : Problem.of(ProblemType.MALFORMED_JSON, "nested too deep, or too long a name" + at(e));
  }

  private static String pointer(List<Reference> path) {
    StringBuilder pointer = new StringBuilder();
    for (Reference step : path) {
      String name =
          step.getFieldName() == null ? Integer.toString(step.getIndex()) : step.getFieldName();
      pointer.append('/').append(name.replace("~", "~0").replace("/", "~1"));
    }
    return pointer.toString();
  }

  /** Jackson's reason without the names of our classes. */
  private static String plain(JsonMappingException e) {
    String reason = String.valueOf(e.getOriginalMessage());
    if (reason.startsWith("Missing required creator property")) {
      return "is required";
    }
    if (reason.contains("out of range") || reason.contains("overflow")) {
      return "number out of range";
    }
    return reason.startsWith("Cannot ") || reason.contains("`") ? "wrong type" : reason;
  }

  private static String at(JsonProcessingException e) {
    return e.getLocation() == null
        ? ""
        : " at line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
  }
}
