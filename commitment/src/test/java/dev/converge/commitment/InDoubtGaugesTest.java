package dev.converge.commitment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.protocol.BranchState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Goal: the gauges show what branches in doubt block now. Method: lists that the test chooses. */
class InDoubtGaugesTest {
  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private volatile Future<List<InDoubtBranches.Entry>> branches = Future.succeededFuture(List.of());

  @AfterEach
  void close() throws TimeoutException {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private static InDoubtBranches.Entry entry(int waiters, long logBytes) {
    return new InDoubtBranches.Entry(
        "2pc.x", BranchState.PREPARED, Duration.ofSeconds(1), waiters, logBytes);
  }

  private void awaitValues(double waiters, double logBytes) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              assertThat(meters.get("commitment.in.doubt.waiters").gauge().value())
                  .isEqualTo(waiters);
              assertThat(meters.get("commitment.in.doubt.log.bytes").gauge().value())
                  .isEqualTo(logBytes);
            });
  }

  @Test
  void gaugesFollowTheBranchesAndSurviveAFailedRead() throws TimeoutException {
    branches = Future.succeededFuture(List.of(entry(3, 4_096), entry(2, 4_096)));
    InDoubtGauges gauges = new InDoubtGauges(limit -> branches, meters, Duration.ofMillis(5));
    assertThat(vertx.deployVerticle(gauges).await(10, TimeUnit.SECONDS)).isNotEmpty();
    awaitValues(5, 4_096);

    branches = Future.failedFuture("the database is down");
    awaitValues(5, 4_096);
    branches = Future.succeededFuture(List.of());
    awaitValues(0, 0);
  }
}
