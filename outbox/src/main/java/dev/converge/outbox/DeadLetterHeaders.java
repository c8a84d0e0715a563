package dev.converge.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.converge.outbox.DeadLetter.Header;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the headers of a dead letter for its columns, and decodes them.
 *
 * <p>{@code record_headers} has all of them: JSON, {@code [["name", "<base64>"], ["name", null]]}.
 * Rows from before {@code V002} only have {@code headers}, an object of texts, which is still
 * written for older readers.
 */
final class DeadLetterHeaders {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<Map<String, String>> TEXTS = new TypeReference<>() {};
  private static final TypeReference<List<List<@Nullable String>>> PAIRS = new TypeReference<>() {};

  private DeadLetterHeaders() {}

  /** For the column {@code headers}. */
  static String texts(ConsumerRecord<byte[], byte[]> entry) {
    return json(Records.headers(entry));
  }

  /** For the column {@code record_headers}. */
  static String pairs(ConsumerRecord<byte[], byte[]> entry) {
    List<List<@Nullable String>> pairs = new ArrayList<>();
    for (org.apache.kafka.common.header.Header header : entry.headers()) {
      List<@Nullable String> pair = new ArrayList<>();
      pair.add(header.key());
      pair.add(header.value() == null ? null : Base64.getEncoder().encodeToString(header.value()));
      pairs.add(pair);
    }
    return json(pairs);
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings are always JSON", e);
    }
  }

  /** The headers of a row. */
  static List<Header> read(@Nullable String pairs, String texts) {
    try {
      return pairs == null ? ofTexts(texts) : ofPairs(pairs);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the headers of a dead letter are written as JSON", e);
    }
  }

  private static List<Header> ofPairs(String json) throws JsonProcessingException {
    List<Header> headers = new ArrayList<>();
    for (List<@Nullable String> pair : JSON.readValue(json, PAIRS)) {
      String value = pair.get(1);
      headers.add(
          new Header(
              String.valueOf(pair.get(0)),
              value == null ? null : Buffer.buffer(Base64.getDecoder().decode(value))));
    }
    return headers;
  }

  private static List<Header> ofTexts(String json) throws JsonProcessingException {
    List<Header> headers = new ArrayList<>();
    JSON.readValue(json, TEXTS)
        .forEach((name, value) -> headers.add(new Header(name, Buffer.buffer(value))));
    return headers;
  }
}
