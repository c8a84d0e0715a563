package dev.converge.order.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.application.OrderOutcomes.Seen;
import dev.converge.order.application.OrderOutcomes.Wake;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Goal: a wait ends for the first reason that applies, and says which. */
class OrderOutcomesTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final UUID ID = new UUID(0, 1);
  private static final UUID OTHER = new UUID(0, 2);
  private static final Duration LONG = Duration.ofSeconds(10);

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicInteger listened = new AtomicInteger();
  private final OrderOutcomes outcomes =
      new OrderOutcomes(VERTX, meters, listened::incrementAndGet);

  @AfterAll
  static void stop() throws Exception {
    VERTX.close().await(10, TimeUnit.SECONDS);
  }

  private static Wake wake(Future<Wake> wait) throws Exception {
    return wait.await(10, TimeUnit.SECONDS);
  }

  @Test
  void endCommittedHereWakesEveryWaitForTheOrderAndNoOther() throws Exception {
    Future<Wake> first = outcomes.await(ID, LONG);
    Future<Wake> second = outcomes.await(ID, LONG);
    Future<Wake> other = outcomes.await(OTHER, LONG);

    outcomes.ended(ID);

    assertThat(wake(first)).isEqualTo(Wake.COMMIT);
    assertThat(wake(second)).isEqualTo(Wake.COMMIT);
    assertThat(other.isComplete()).isFalse();
  }

  @Test
  void endCommittedElsewhereWakesByItsEvent() throws Exception {
    Future<Wake> wait = outcomes.await(ID, LONG);

    outcomes.endedElsewhere(ID);

    assertThat(wake(wait)).isEqualTo(Wake.EVENT);
  }

  @Test
  void eventOfAnEndThatWasCommittedHereChangesNothing() throws Exception {
    Future<Wake> wait = outcomes.await(ID, LONG);

    outcomes.ended(ID);
    outcomes.endedElsewhere(ID);

    assertThat(wake(wait)).isEqualTo(Wake.COMMIT);
  }

  @Test
  void waitWithoutAnEndTimesOut() throws Exception {
    assertThat(wake(outcomes.await(ID, Duration.ofMillis(1)))).isEqualTo(Wake.TIMEOUT);
  }

  @Test
  void stopEndsWaitsAndLaterOnes() throws Exception {
    Future<Wake> before = outcomes.await(ID, LONG);

    outcomes.release();

    assertThat(wake(before)).isEqualTo(Wake.STOP);
    assertThat(wake(outcomes.await(ID, LONG))).isEqualTo(Wake.STOP);
  }

  @Test
  void eachWaitListensForOtherInstances() {
    outcomes.await(ID, LONG).onComplete(over -> {});
    outcomes.await(OTHER, LONG).onComplete(over -> {});

    assertThat(listened).hasValue(2);
  }

  @Test
  void waitsAreCountedByHowTheySawTheEnd() {
    outcomes.count(Seen.FIRST_READ);
    outcomes.count(Seen.EVENT);
    outcomes.count(Seen.EVENT);

    assertThat(meters.counter("orders.waits", "seen", "first-read").count()).isEqualTo(1);
    assertThat(meters.counter("orders.waits", "seen", "event").count()).isEqualTo(2);
    assertThat(meters.counter("orders.waits", "seen", "poll").count()).isZero();
  }
}
