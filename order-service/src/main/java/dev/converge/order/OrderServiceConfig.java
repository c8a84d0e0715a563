package dev.converge.order;

import dev.converge.order.saga.SagaTimes;
import dev.converge.service.ServiceConfig;
import dev.converge.service.runtime.Env;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The settings of the order service.
 *
 * @param traceUrl URL of a trace, with {@code {traceId}} in it; empty for no link
 * @param deadlinesEvery interval between two polls for overdue sagas
 * @param replicas of the database; empty for none
 */
record OrderServiceConfig(
    ServiceConfig service,
    SagaTimes saga,
    String traceUrl,
    Duration deadlinesEvery,
    List<Replica> replicas) {
  private static final Pattern ADDRESS = Pattern.compile("([A-Za-z0-9.-]{1,253}):([0-9]{1,5})");
  private static final int HIGHEST_PORT = 65_535;

  /** A standby of the database that answers reads. */
  record Replica(String host, int port) {
    private static Optional<Replica> of(String address) {
      Matcher parts = ADDRESS.matcher(address);
      return parts.matches()
          ? Optional.of(new Replica(parts.group(1), Integer.parseInt(parts.group(2))))
              .filter(replica -> replica.port() >= 1 && replica.port() <= HIGHEST_PORT)
          : Optional.empty();
    }
  }

  static OrderServiceConfig from(Env env) {
    SagaTimes standard = SagaTimes.standard();
    return new OrderServiceConfig(
        ServiceConfig.from(env, "order", 8080, "orders"),
        new SagaTimes(
            env.duration("SAGA_STEP_DEADLINE", standard.stepDeadline()),
            env.duration("SAGA_FIRST_RETRY", standard.firstRetry()),
            env.duration("SAGA_MAX_RETRY", standard.maxRetry()),
            env.integer("SAGA_MAX_ATTEMPTS", standard.maxAttempts(), 1, 1_000)),
        env.text("TRACE_URL", ""),
        env.duration("SAGA_DEADLINES_EVERY", Duration.ofMillis(500)),
        env.list("READ_REPLICAS", text -> Replica.of(text).isPresent(), "host:port").stream()
            .flatMap(text -> Replica.of(text).stream())
            .toList());
  }
}
