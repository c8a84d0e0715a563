package dev.converge.edge;

import dev.converge.service.runtime.Env;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * The settings of the edge.
 *
 * @param host that it listens on
 * @param managementPort of its probes and metrics
 */
record EdgeConfig(
    String host, int managementPort, List<Route> routes, Policy policy, Limits limits) {
  /** {@code Prefer: wait} holds an answer for 20 s at most. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);

  EdgeConfig {
    routes = List.copyOf(routes);
  }

  /**
   * The bounds of the edge.
   *
   * @param requests in flight to one service
   * @param attempt until a response begins
   * @param request for all attempts
   * @param checkEvery the interval of health checks
   * @param notice how long {@code /readyz} reports 503 before a stop refuses connections
   */
  record Limits(
      int requests, Duration attempt, Duration request, Duration checkEvery, Duration notice) {
    static final Limits STANDARD =
        new Limits(
            1_024,
            Duration.ofSeconds(25),
            Duration.ofSeconds(30),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1));

    Limits {
      if (attempt.compareTo(request) > 0) {
        throw new IllegalArgumentException("an attempt cannot take longer than the request");
      }
    }
  }

  static EdgeConfig from(Env env) {
    Limits standard = Limits.STANDARD;
    Duration attempt =
        env.duration(
            "EDGE_ATTEMPT_WITHIN",
            standard.attempt(),
            LONGEST_WAIT.plusSeconds(1),
            Duration.ofMinutes(5));
    return new EdgeConfig(
        env.text("HTTP_HOST", "127.0.0.1"),
        env.integer("EDGE_MANAGEMENT_PORT", 8_087, 1, 65_535),
        env.list("EDGE_ROUTES", Route::isValid, Route.FORM).stream()
            .filter(Route::isValid)
            .map(Route::parse)
            .toList(),
        policy(env),
        new Limits(
            env.integer("EDGE_MAX_REQUESTS", standard.requests(), 1, 16_384),
            attempt,
            attempt.plusSeconds(5),
            env.duration(
                "EDGE_CHECK_EVERY",
                standard.checkEvery(),
                Duration.ofMillis(100),
                Duration.ofMinutes(1)),
            standard.notice()));
  }

  private static Policy policy(Env env) {
    String[] others = Arrays.stream(Policy.values()).skip(1).map(Policy::id).toArray(String[]::new);
    return Policy.of(env.oneOf("EDGE_POLICY", Policy.LEAST_REQUESTS.id(), others)).orElseThrow();
  }
}
