package dev.converge.order;

import dev.converge.order.saga.SagaTimes;
import dev.converge.service.Env;
import dev.converge.service.ServiceConfig;
import java.time.Duration;

/**
 * What the order service is told.
 *
 * @param traceUrl where a trace is shown, with {@code {traceId}} in it; empty for nowhere
 * @param deadlinesEvery how often overdue sagas are looked for
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
