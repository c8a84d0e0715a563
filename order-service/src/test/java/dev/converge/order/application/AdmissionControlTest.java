package dev.converge.order.application;

import static dev.converge.testkit.ConnectedDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.service.postgres.GroupCommit.OverloadedException;
import dev.converge.testkit.EventLoop;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
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
  private static final EventLoop LOOP = new EventLoop();

  private final AtomicLong nanos = new AtomicLong();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AdmissionControl admission = new AdmissionControl(LOOP.vertx(), meters, nanos::get);

  @AfterAll
  static void stop() {
    LOOP.close();
  }

  @BeforeEach
  void fallBehind() {
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

  /** Runs on the event loop that the admission control belongs to. */
  private static <T> T onLoop(Supplier<T> action) {
    return LOOP.run(() -> Future.succeededFuture(action.get()));
  }

  private List<Future<Void>> admit(int orders) {
    return onLoop(() -> Stream.generate(admission::admit).limit(orders).toList());
  }

  private static Throwable failure(Future<Void> admitted) {
    return await(admitted.transform(ended -> Future.succeededFuture(ended.cause())));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private double waiting() {
    return onLoop(() -> meters.get("orders.waiting").gauge().value());
  }

  private double refused() {
    return meters.get("orders.refused").tag("why", "overload").counter().count();
  }

  @Test
  void orderBeyondTheQueueIsRefusedImmediately() {
    List<Future<Void>> all = admit(AdmissionControl.MAX_QUEUED + 1);

    assertThat(all.subList(0, AdmissionControl.MAX_QUEUED)).noneMatch(Future::isComplete);
    assertThat(all.get(AdmissionControl.MAX_QUEUED).cause())
        .isInstanceOf(OverloadedException.class);
    assertThat(waiting()).isEqualTo(AdmissionControl.MAX_QUEUED);
    assertThat(refused()).isEqualTo(1);
  }

  @Test
  void tokenInTimeAdmitsAnOrderAndTheOthersAreRefused() {
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
  void newOrderDoesNotOvertakeTheQueue() {
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
  void queueIsAdmittedOnceRepliesStop() {
    List<Future<Void>> orders = admit(3);

    pass(TokenBucket.SILENCE);

    await(Future.all(orders));
    assertThat(refused()).isZero();
  }
}
