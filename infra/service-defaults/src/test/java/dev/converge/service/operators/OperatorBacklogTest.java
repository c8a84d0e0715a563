package dev.converge.service.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Goal: a gauge shows what waits now. Method: counts of the test, one of which fails at times. */
class OperatorBacklogTest {
  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicLong stuck = new AtomicLong(3);
  private final AtomicLong parked = new AtomicLong();
  private final AtomicInteger failures = new AtomicInteger();
  private volatile boolean isDown;

  @AfterEach
  void end() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private void deploy(boolean runsHere) throws Exception {
    OperatorBacklog backlog =
        new OperatorBacklog(
            Map.of("sagas.stuck", this::countStuck, "dead.letters.parked", this::countParked),
            meters,
            Duration.ofMillis(20),
            () -> runsHere);
    vertx.deployVerticle(backlog).await(10, TimeUnit.SECONDS);
  }

  private Future<Long> countStuck() {
    if (isDown) {
      failures.incrementAndGet();
      return Future.failedFuture("unavailable");
    }
    return Future.succeededFuture(stuck.get());
  }

  private Future<Long> countParked() {
    return Future.succeededFuture(parked.get());
  }

  private double shown(String gauge) {
    return meters.get(gauge).gauge().value();
  }

  @Test
  void gaugeReturnsToZeroWhenNothingWaits() throws Exception {
    deploy(true);
    await().until(() -> shown("sagas.stuck") == 3);

    stuck.set(0);
    await().until(() -> shown("sagas.stuck") == 0);
  }

  @Test
  void failedCountKeepsItsValueAndStopsNoOther() throws Exception {
    deploy(true);
    await().until(() -> shown("sagas.stuck") == 3);

    isDown = true;
    parked.set(2);
    await().until(() -> shown("dead.letters.parked") == 2);
    await().until(() -> failures.get() > 2);
    assertThat(shown("sagas.stuck")).isEqualTo(3);
    isDown = false;
    stuck.set(4);
    await().until(() -> shown("sagas.stuck") == 4);
  }

  @Test
  void instanceThatDoesNotRunTheJobsDoesNotCount() throws Exception {
    deploy(false);

    assertThat(shown("sagas.stuck")).isZero();
  }
}
