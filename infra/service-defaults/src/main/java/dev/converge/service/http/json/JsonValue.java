package dev.converge.service.http.json;

import java.util.List;
import java.util.Map;

/** A value of a request's body. Numbers keep their notation. */
sealed interface JsonValue {
  /** A duplicate field has its last value. */
  record Fields(Map<String, JsonValue> values) implements JsonValue {}

  record Elements(List<JsonValue> values) implements JsonValue {}

  record Text(String value) implements JsonValue {}

  record Numeric(String literal) implements JsonValue {}

  /** True, false or null. */
  enum Literal implements JsonValue {
    TRUE,
    FALSE,
    NULL
  }
}
