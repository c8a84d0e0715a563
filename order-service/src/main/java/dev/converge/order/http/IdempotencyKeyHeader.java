package dev.converge.order.http;

import dev.converge.service.Problem;
import dev.converge.service.ProblemType;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header): a string of structured
 * fields, and the bare token that most clients send.
 */
final class IdempotencyKeyHeader {
  private static final String NAME = "Idempotency-Key";
  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

  private IdempotencyKeyHeader() {}

  static String read(RoutingContext request) {
    return key(request.request().headers().getAll(NAME));
  }

  static String key(List<String> values) {
    if (values.isEmpty()) {
      throw Problem.of(
          ProblemType.IDEMPOTENCY_KEY_MISSING, List.of(new Problem.Fault(NAME, "is required")));
    }
    String key = unquoted(values.get(0).strip());
    if (values.size() > 1 || !KEY.matcher(key).matches()) {
      throw Problem.of(
          ProblemType.IDEMPOTENCY_KEY_INVALID,
          List.of(new Problem.Fault(NAME, "must be one key of 1 to 255 visible ASCII characters")));
    }
    return key;
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    return quoted
        ? value.substring(1, value.length() - 1).replace("\\\"", "\"").replace("\\\\", "\\")
        : value;
  }
}
