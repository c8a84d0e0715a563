package dev.converge.order.application;

import static dev.converge.order.domain.OrderStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.application.OrderOutcomes.Wake;
import dev.converge.order.saga.SagaBatch;
import dev.converge.order.saga.SagaBatch.Ended;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaDecision.Ignored;
import dev.converge.order.saga.SagaDecision.Refused;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaStatus;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: what a batch has done is counted and reported once it has committed, and not before.
 * Method: batches that the test builds.
 */
class SagaFollowUpTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final UUID ID = new UUID(0, 1);
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final Ended ENDED =
      new Ended(ID, COMPLETED, Duration.ofMillis(700), "00-" + TRACE + "-00f067aa0ba902b7-01");

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final OrderOutcomes outcomes = new OrderOutcomes(VERTX, meters, () -> {});
  private final SagaFollowUp followUp =
      new SagaFollowUp(new AdmissionControl(VERTX, meters), outcomes, meters);

  @AfterAll
  static void stop() throws Exception {
    VERTX.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static SagaBatch batch(List<Ended> ended, SagaDecision... decisions) {
    return new SagaBatch(
        Instant.EPOCH, List.of(decisions), List.of(), List.of(), List.of(), ended, List.of());
  }

  private static Advanced advanced(SagaStatus status, boolean ends) {
    SagaInstance next = new SagaInstance(ID, status, "ship-stock", 1, null, 2, 2, null);
    return new Advanced(next, List.of(), ends ? COMPLETED : null);
  }

  private double counted(String name, String... tags) {
    return meters.counter(name, tags).count();
  }

  @Test
  void decisionsAreCountedByTheirEffect() {
    followUp
        .of(
            batch(
                List.of(),
                advanced(SagaStatus.COMPLETED, true),
                advanced(SagaStatus.STUCK, false),
                new Ignored("the saga has ended"),
                new Refused("the order is paid")))
        .run();

    assertThat(counted("orders.ended", "outcome", "COMPLETED")).isEqualTo(1);
    assertThat(counted("saga.stuck")).isEqualTo(1);
    assertThat(counted("saga.signals.ignored", "why", "the saga has ended")).isEqualTo(1);
  }

  @Test
  void outcomesAreReportedOnlyAfterTheCommit() throws Exception {
    Future<Wake> ended = outcomes.await(ID, Duration.ofSeconds(10));

    var afterCommit = followUp.of(batch(List.of(ENDED), advanced(SagaStatus.COMPLETED, true)));
    assertThat(counted("orders.ended", "outcome", "COMPLETED")).isZero();
    assertThat(ended.isComplete()).isFalse();

    afterCommit.run();
    assertThat(ended.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS))
        .isEqualTo(Wake.COMMIT);
  }

  @Test
  void endedOrderIsMeasuredFromItsPlacementWithItsOwnTraceAsExemplar() {
    List<String> traces = new ArrayList<>();
    SagaFollowUp measuring =
        new SagaFollowUp(
            new AdmissionControl(VERTX, meters),
            outcomes,
            meters,
            (span, measurement) -> {
              traces.add(span.getTraceId());
              measurement.run();
            });

    measuring.of(batch(List.of(ENDED), advanced(SagaStatus.COMPLETED, true))).run();

    Timer timer = meters.get("orders.completion").tag("outcome", "COMPLETED").timer();
    assertThat(timer.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(700);
    assertThat(timer.takeSnapshot().histogramCounts())
        .filteredOn(bucket -> bucket.count() == 0)
        .extracting(bucket -> bucket.bucket(TimeUnit.MILLISECONDS))
        .containsExactly(100.0, 250.0, 500.0);
    assertThat(traces).containsExactly(TRACE);
  }
}
