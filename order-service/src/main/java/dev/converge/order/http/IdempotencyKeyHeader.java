package dev.converge.order.http;

import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header): a string of structured
 * fields, and the bare token that most clients send.
 */
final class IdempotencyKeyHeader {
  private static final String NAME = "Idempotency-Key";
  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");
  // A quote alone, at one end or in the middle, is no string and no token.
  private static final Pattern QUOTED = Pattern.compile("\"((?:[^\"\\\\]|\\\\[\"\\\\])*)\"");
  private static final Pattern BARE = Pattern.compile("[^\"]*");

  private IdempotencyKeyHeader() {}

  static String read(RoutingContext request) {
    return key(request.request().headers().getAll(NAME));
  }

  static String key(List<String> values) {
    if (values.isEmpty()) {
      throw Problem.of(
          ProblemType.IDEMPOTENCY_KEY_MISSING, List.of(new Problem.Fault(NAME, "is required")));
    }
    String value = values.get(0).strip();
    Matcher quoted = QUOTED.matcher(value);
    String key = quoted.matches() ? quoted.group(1).replaceAll("\\\\(.)", "$1") : value;
    boolean whole = quoted.matches() || BARE.matcher(value).matches();
    if (values.size() > 1 || !whole || !KEY.matcher(key).matches()) {
      throw Problem.of(
          ProblemType.IDEMPOTENCY_KEY_INVALID,
          List.of(new Problem.Fault(NAME, "must be one key of 1 to 255 visible ASCII characters")));
    }
    return key;
  }
}
