package dev.converge.service.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The query parameters that the OpenAPI document lists for each operation. */
final class DocumentedParameters {
  private final Map<String, Set<String>> byOperation = new HashMap<>();

  DocumentedParameters(JsonObject openApi) {
    JsonObject paths = openApi.getJsonObject("paths", new JsonObject());
    for (String path : paths.fieldNames()) {
      JsonObject operations = paths.getJsonObject(path);
      for (String method : operations.fieldNames()) {
        JsonArray parameters =
            operations.getJsonObject(method).getJsonArray("parameters", new JsonArray());
        byOperation.put(method.toUpperCase(Locale.ROOT) + " " + path, names(parameters));
      }
    }
  }

  /** Whether an operation, such as {@code GET /orders}, takes a parameter. */
  boolean takes(String operation, String parameter) {
    return byOperation.getOrDefault(operation, Set.of()).contains(parameter);
  }

  /** The parameters of an operation, for the answer to a request with another one. */
  String expected(String operation) {
    Set<String> names = byOperation.getOrDefault(operation, Set.of());
    return names.isEmpty() ? "none" : String.join(", ", new TreeSet<>(names));
  }

  private static Set<String> names(JsonArray parameters) {
    return parameters.stream()
        .map(JsonObject.class::cast)
        // A reference leads to a header: query parameters are an operation's own.
        .filter(parameter -> "query".equals(parameter.getString("in")))
        .map(parameter -> parameter.getString("name"))
        .collect(Collectors.toUnmodifiableSet());
  }
}
