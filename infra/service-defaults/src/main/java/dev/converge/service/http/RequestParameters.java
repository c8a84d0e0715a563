package dev.converge.service.http;

import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads typed parameters of a request's path and query. A value of another form is an {@link
 * ProblemType#INVALID_PARAMETER} that names the parameter.
 */
public final class RequestParameters {
  static final int MAX_LIMIT = 100;
  static final int DEFAULT_LIMIT = 20;
  private static final Pattern LIMIT = Pattern.compile("\\d{1,3}");

  private RequestParameters() {}

  /** A path parameter as a UUID. */
  public static UUID pathUuid(RoutingContext request, String parameter) {
    return parseUuid(parameter, String.valueOf(request.pathParam(parameter)));
  }

  /** A query parameter as a UUID, or null where it is not given. */
  public static @Nullable UUID queryUuid(RoutingContext request, String parameter) {
    String value = request.request().getParam(parameter);
    return value == null ? null : parseUuid(parameter, value);
  }

  /** The query's {@code limit}: the number of items of a page, 1 to 100, by default 20. */
  public static int limit(RoutingContext request) {
    return parseLimit(request.request().getParam("limit"));
  }

  // UUID.fromString also accepts groups with fewer digits.
  static UUID parseUuid(String parameter, String value) {
    try {
      UUID id = UUID.fromString(value);
      if (id.toString().equalsIgnoreCase(value)) {
        return id;
      }
    } catch (IllegalArgumentException e) {
      // Reported below, with the expected form.
    }
    throw invalid(parameter, "must be a UUID");
  }

  static int parseLimit(@Nullable String value) {
    if (value == null) {
      return DEFAULT_LIMIT;
    }
    if (LIMIT.matcher(value).matches()) {
      int limit = Integer.parseInt(value);
      if (limit >= 1 && limit <= MAX_LIMIT) {
        return limit;
      }
    }
    throw invalid("limit", "must be 1 to " + MAX_LIMIT);
  }

  private static Problem invalid(String parameter, String expected) {
    return Problem.of(
        ProblemType.INVALID_PARAMETER, List.of(new Problem.Fault(parameter, expected)));
  }
}
