package dev.converge.order.application;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.service.postgres.GroupCommit.OverloadedException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: without a token an order is queued, within bounds of time and number. Method: a real event
 * loop, a clock that the test sets, and slow replies that the test reports.
 */
class AdmissionControlTest {
  private static final Duration SLOW = Duration.ofSeconds(3);
  private static final Duration HALF = AdmissionControl.MAX_WAIT.dividedBy(2);
  private static final Vertx VERTX = Vertx.vertx();

  private final Context loop = VERTX.getOrCreateContext();
  private final AtomicLong nanos = new AtomicLong();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AdmissionControl admission = new AdmissionControl(VERTX, meters, nanos::get);

  @AfterAll
  static void stop() throws Exception {
    await(VERTX.close());
  }

  @BeforeEach
  void fallBehind() throws Exception {
    assertThat(onLoop(() -> fallBehind(admission))).isTrue();
  }

  /** Reports slow replies, then takes every token; returns whether there was the full number. */
  static boolean fallBehind(AdmissionControl admission) {
    admission.replied(Collections.nCopies(1_000, SLOW));
    return Stream.generate(admission::admit)
        .limit(TokenBucket.CAPACITY)
        .allMatch(Future::succeeded);
  }

  /** Reports one slow reply, which returns one token. */
  static void replyOnce(AdmissionControl admission) {
    admission.replied(List.of(SLOW));
  }

  @CanIgnoreReturnValue
  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  /** Runs on the event loop that the admission control belongs to. */
  @CanIgnoreReturnValue
  private <T> T onLoop(Callable<T> action) throws Exception {
    Promise<T> done = Promise.promise();
    loop.runOnContext(
        run -> {
          try {
            done.complete(action.call());
          } catch (Exception e) {
            done.fail(e);
          }
        });
    return await(done.future());
  }

  private List<Future<Void>> admit(int orders) throws Exception {
    return onLoop(() -> Stream.generate(admission::admit).limit(orders).toList());
  }

  private static Throwable failure(Future<Void> admitted) throws Exception {
    return await(admitted.transform(ended -> Future.succeededFuture(ended.cause())));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private double waiting() throws Exception {
    return onLoop(() -> meters.get("orders.waiting").gauge().value());
  }

  private double refused() {
    return meters.get("orders.refused").tag("why", "overload").counter().count();
  }

  @Test
  void anOrderBeyondTheQueueIsRefusedImmediately() throws Exception {
    List<Future<Void>> all = admit(AdmissionControl.MAX_QUEUED + 1);

    assertThat(all.subList(0, AdmissionControl.MAX_QUEUED)).noneMatch(Future::isComplete);
    assertThat(all.get(AdmissionControl.MAX_QUEUED).cause())
        .isInstanceOf(OverloadedException.class);
    assertThat(waiting()).isEqualTo(AdmissionControl.MAX_QUEUED);
    assertThat(refused()).isEqualTo(1);
  }

  @Test
  void aTokenInTimeAdmitsAnOrderAndTheOthersAreRefused() throws Exception {
    List<Future<Void>> orders = admit(3);
    pass(HALF);
    Future<Void> later = admit(1).get(0);

    replyOnce(admission);
    await(orders.get(0));
    assertThat(orders.subList(1, 3)).noneMatch(Future::isComplete);

    // The reply is recent enough not to count as silence.
    pass(AdmissionControl.MAX_WAIT.minus(HALF).plusNanos(1));
    assertThat(failure(orders.get(1))).isInstanceOf(OverloadedException.class);
    assertThat(failure(orders.get(2))).isInstanceOf(OverloadedException.class);
    assertThat(later.isComplete()).isFalse();
    assertThat(waiting()).isEqualTo(1);
    assertThat(refused()).isEqualTo(2);
  }

  @Test
  void aNewOrderDoesNotOvertakeTheQueue() throws Exception {
    List<Future<Void>> orders =
        onLoop(
            () -> {
              Future<Void> first = admission.admit();
              replyOnce(admission);
              return List.of(first, admission.admit());
            });

    await(orders.get(0));
    assertThat(orders.get(1).isComplete()).isFalse();
  }

  @Test
  void theQueueIsAdmittedOnceRepliesStop() throws Exception {
    List<Future<Void>> orders = admit(3);

    pass(TokenBucket.SILENCE);

    await(Future.all(orders));
    assertThat(refused()).isZero();
  }
}
