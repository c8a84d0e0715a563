package dev.converge.order.application;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.service.GroupCommit.OverloadedException;
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
 * Goal: an order that finds no place waits for one, no longer than it may and among no more than
 * may wait. Method: on a real event loop, with a clock that the test sets and replies that are said
 * to be slow.
 */
class AdmissionControlTest {
  private static final Duration SLOW = Duration.ofSeconds(3);
  private static final Duration HALF = AdmissionControl.WAIT.dividedBy(2);
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

  /** Takes every place there is, of a platform that is slow to reply; whether all were there. */
  static boolean fallBehind(AdmissionControl admission) {
    admission.replied(Collections.nCopies(1_000, SLOW));
    return Stream.generate(admission::enter).limit(IntakeRate.BURST).allMatch(Future::succeeded);
  }

  /** A reply that comes late, and so makes place for one order. */
  static void replyOnce(AdmissionControl admission) {
    admission.replied(List.of(SLOW));
  }

  @CanIgnoreReturnValue
  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  /** Runs on the event loop, where an admission control lives. */
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

  private List<Future<Void>> enter(int orders) throws Exception {
    return onLoop(() -> Stream.generate(admission::enter).limit(orders).toList());
  }

  private static Throwable failure(Future<Void> entered) throws Exception {
    return await(entered.transform(ended -> Future.succeededFuture(ended.cause())));
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
  void whatIsOverTheBoundIsRefusedAtOnce() throws Exception {
    List<Future<Void>> all = enter(AdmissionControl.MAX_WAITING + 1);

    assertThat(all.subList(0, AdmissionControl.MAX_WAITING)).noneMatch(Future::isComplete);
    assertThat(all.get(AdmissionControl.MAX_WAITING).cause())
        .isInstanceOf(OverloadedException.class);
    assertThat(waiting()).isEqualTo(AdmissionControl.MAX_WAITING);
    assertThat(refused()).isEqualTo(1);
  }

  @Test
  void whoGetsAPlaceInTimeGoesOnAndWhoHasWaitedTooLongIsRefused() throws Exception {
    List<Future<Void>> orders = enter(3);
    pass(HALF);
    Future<Void> later = enter(1).get(0);

    replyOnce(admission);
    await(orders.get(0));
    assertThat(orders.subList(1, 3)).noneMatch(Future::isComplete);

    // The reply is not yet so long ago that it would be taken for silence.
    pass(AdmissionControl.WAIT.minus(HALF).plusNanos(1));
    assertThat(failure(orders.get(1))).isInstanceOf(OverloadedException.class);
    assertThat(failure(orders.get(2))).isInstanceOf(OverloadedException.class);
    assertThat(later.isComplete()).isFalse();
    assertThat(waiting()).isEqualTo(1);
    assertThat(refused()).isEqualTo(2);
  }

  @Test
  void nobodyOvertakesWhoWaits() throws Exception {
    List<Future<Void>> orders =
        onLoop(
            () -> {
              Future<Void> first = admission.enter();
              replyOnce(admission);
              return List.of(first, admission.enter());
            });

    await(orders.get(0));
    assertThat(orders.get(1).isComplete()).isFalse();
  }

  @Test
  void allWhoWaitGoOnOnceRepliesFallSilent() throws Exception {
    List<Future<Void>> orders = enter(3);

    pass(IntakeRate.SILENCE);

    await(Future.all(orders));
    assertThat(refused()).isZero();
  }
}
