package dev.converge.order;

import dev.converge.order.saga.SagaTimes;
import dev.converge.service.ServiceConfig;
import dev.converge.service.runtime.Env;
import java.time.Duration;

/**
 * The settings of the order service.
 *
 * @param traceUrl URL of a trace, with {@code {traceId}} in it; empty for no link
 * @param deadlinesEvery interval between two polls for overdue sagas
 */
record OrderServiceConfig(
    ServiceConfig service, SagaTimes saga, String traceUrl, Duration deadlinesEvery) {

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
        env.duration("SAGA_DEADLINES_EVERY", Duration.ofMillis(500)));
  }
}
