package dev.converge.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a task is repeated, also after a failed run, its runs do not overlap, and none follows a
 * stop. Method: a verticle whose runs the test completes, with delays of a millisecond.
 */
class PeriodicTest {
  private static final Duration WITHIN = Duration.ofSeconds(10);
  private static final Duration SOON = Duration.ofMillis(1);

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger runs = new AtomicInteger();
  private final List<String> failures = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @CanIgnoreReturnValue
  private String start(Supplier<Future<Duration>> run) {
    Periodic task = new Periodic(run, this::failed);
    return vertx
        .deployVerticle(
            new VerticleBase() {
              @Override
              public Future<?> start() {
                task.start(vertx, Duration.ZERO);
                return Future.succeededFuture();
              }

              @Override
              public Future<?> stop() {
                task.stop();
                return Future.succeededFuture();
              }
            })
        .await();
  }

  private Duration failed(Throwable cause) {
    failures.add(String.valueOf(cause.getMessage()));
    return SOON;
  }

  private void awaitRuns(int expected) {
    await().atMost(WITHIN).untilAsserted(() -> assertThat(runs).hasValueGreaterThan(expected - 1));
  }

  @Test
  void repeatsOnTheEventLoopThatStartedIt() {
    List<Thread> threads = new CopyOnWriteArrayList<>();

    String started =
        start(
            () -> {
              threads.add(Thread.currentThread());
              runs.incrementAndGet();
              return vertx.timer(1).map(SOON);
            });

    awaitRuns(3);
    vertx.undeploy(started).await();
    assertThat(threads).containsOnly(threads.get(0));
    assertThat(failures).isEmpty();
  }

  @Test
  void nextRunWaitsForTheEndOfTheLast() {
    Promise<Duration> first = Promise.promise();
    start(
        () -> runs.incrementAndGet() == 1 ? first.future() : Promise.<Duration>promise().future());
    awaitRuns(1);
    // A second run would precede this timer.
    vertx.timer(50).await();
    assertThat(runs).hasValue(1);

    first.complete(SOON);

    awaitRuns(2);
  }

  @Test
  void failedRunIsReportedAndRepeated() {
    start(() -> Future.failedFuture("run " + runs.incrementAndGet()));

    awaitRuns(3);
    assertThat(failures).startsWith("run 1", "run 2");
  }

  @Test
  void runThatThrowsIsReportedAndRepeated() {
    start(
        () -> {
          throw new IllegalStateException("run " + runs.incrementAndGet());
        });

    awaitRuns(3);
    assertThat(failures).startsWith("run 1", "run 2");
  }

  @Test
  void endsWithItsVerticle() {
    String started =
        start(() -> Future.succeededFuture(SOON).onSuccess(next -> runs.incrementAndGet()));
    awaitRuns(1);

    vertx.undeploy(started).await();

    int ended = runs.get();
    vertx.timer(50).await();
    assertThat(runs).hasValue(ended);
  }

  @Test
  void runThatEndsAfterTheUndeploymentIsTheLast() {
    Promise<Duration> first = Promise.promise();
    String started =
        start(() -> runs.incrementAndGet() == 1 ? first.future() : Future.succeededFuture(SOON));
    awaitRuns(1);
    vertx.undeploy(started).await();

    first.complete(SOON);

    vertx.timer(50).await();
    assertThat(runs).hasValue(1);
  }

  @Test
  void failedRunIsReportedAndNotRepeatedAfterAStop() {
    Promise<Duration> first = Promise.promise();
    String started =
        start(() -> runs.incrementAndGet() == 1 ? first.future() : Future.succeededFuture(SOON));
    awaitRuns(1);
    vertx.undeploy(started).await();

    first.fail("stopped");

    await().atMost(WITHIN).untilAsserted(() -> assertThat(failures).containsExactly("stopped"));
    vertx.timer(50).await();
    assertThat(runs).hasValue(1);
  }

  @Test
  void stopPreventsTheRunOfATimerThatIsSet() {
    Periodic task =
        new Periodic(
            () -> Future.succeededFuture(SOON).onSuccess(next -> runs.incrementAndGet()),
            this::failed);
    Promise<Void> stopped = Promise.promise();

    // On one event loop, so the timer cannot fire in between.
    vertx.runOnContext(
        begun -> {
          task.start(vertx, SOON);
          task.stop();
          task.stop();
          stopped.complete();
        });

    stopped.future().await();
    vertx.timer(50).await();
    assertThat(runs).hasValue(0);
  }
}
