package dev.converge.commitment.http;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Map;

/**
 * Decodes JSON objects without loss. {@link JsonObject#JsonObject(Buffer)} rounds decimals to
 * doubles, and takes the last of two fields with one name where another reader may take the first.
 */
public final class ExactJson {
  private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private ExactJson() {}

  /**
   * Decodes one JSON object in UTF-8.
   *
   * @throws DecodeException if the bytes are no such object, or have two fields with one name
   */
  public static JsonObject decode(Buffer bytes) {
    try {
      Map<String, Object> fields = JSON.readValue(bytes.getBytes(), OBJECT);
      if (fields == null) {
        throw new DecodeException("null is no object");
      }
      return new JsonObject(fields);
    } catch (IOException e) {
      throw new DecodeException("no JSON object", e);
    }
  }
}
