package dev.converge.order.http;

import dev.converge.order.reads.ConsistencyToken;
import dev.converge.order.reads.ReadLevel;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.Problem.Fault;
import dev.converge.service.http.problem.ProblemType;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The headers by which a read chooses its level: Read-Consistency, and for a session its token.
 * Without the first, the primary answers a read, and ignores the second.
 */
final class ReadConsistencyHeader {
  static final String NAME = "Read-Consistency";
  static final String TOKEN = "Consistency-Token";

  /** The longest bound of a bounded read, in milliseconds. */
  static final int MOST_MILLIS = 60_000;

  private static final Pattern BOUNDED =
      Pattern.compile("bounded[ \\t]*;[ \\t]*ms=([1-9][0-9]{0,4})");

  private ReadConsistencyHeader() {}

  /** The level; empty for a request without one. */
  static Optional<ReadLevel> read(RoutingContext request) {
    MultiMap headers = request.request().headers();
    return level(headers.getAll(NAME), headers.getAll(TOKEN));
  }

  /** The token of a session that writes; empty for a request without one. */
  static Optional<ConsistencyToken> token(RoutingContext request) {
    return token(request.request().headers().getAll(TOKEN));
  }

  static Optional<ReadLevel> level(List<String> values, List<String> tokens) {
    if (values.isEmpty()) {
      return Optional.empty();
    }
    if (values.size() > 1) {
      throw unknown();
    }
    String value = values.get(0).strip();
    return Optional.of(
        switch (value) {
          case "strong" -> new ReadLevel.Strong();
          case "session" -> new ReadLevel.Session(token(tokens));
          case "eventual" -> new ReadLevel.Eventual();
          default -> bounded(value);
        });
  }

  private static ReadLevel bounded(String value) {
    Matcher bounded = BOUNDED.matcher(value);
    if (!bounded.matches()) {
      throw unknown();
    }
    int millis = Integer.parseInt(bounded.group(1));
    if (millis > MOST_MILLIS) {
      throw unknown();
    }
    return new ReadLevel.Bounded(millis);
  }

  private static Optional<ConsistencyToken> token(List<String> values) {
    if (values.isEmpty()) {
      return Optional.empty();
    }
    Optional<ConsistencyToken> token =
        values.size() == 1 ? ConsistencyToken.parse(values.get(0).strip()) : Optional.empty();
    if (token.isEmpty()) {
      throw invalid(TOKEN, "must be one token of an answer, unchanged");
    }
    return token;
  }

  private static Problem unknown() {
    return invalid(
        NAME,
        "must be one of strong, session, bounded;ms=N, eventual, with N from 1 to " + MOST_MILLIS);
  }

  private static Problem invalid(String header, String rule) {
    return Problem.of(ProblemType.READ_CONSISTENCY_INVALID, List.of(new Fault(header, rule)));
  }
}
