package dev.converge.order.saga;

import static dev.converge.order.saga.SagaScenario.ORDER;
import static dev.converge.order.saga.SagaScenario.ORDER_ID;
import static dev.converge.order.saga.SagaScenario.PLACED_AT;
import static dev.converge.order.saga.SagaScenario.TIMES;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.saga.ParticipantMessages.PaymentCharged;
import dev.converge.order.saga.ParticipantMessages.PaymentDeclined;
import dev.converge.order.saga.ParticipantMessages.PaymentRefunded;
import dev.converge.order.saga.ParticipantMessages.StockRefused;
import dev.converge.order.saga.ParticipantMessages.StockReleased;
import dev.converge.order.saga.ParticipantMessages.StockReserved;
import dev.converge.order.saga.ParticipantMessages.StockShipped;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaDecision.Refused;
import dev.converge.order.saga.SagaSignal.Replied;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.testkit.Seed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: for any sequence of signals, operators' included, a saga ends once or stays STUCK, and only
 * an operator skips or gives up a step. Method: seeded random sequences of every signal, also those
 * that no participant would send, then silence.
 */
class SagaSignalsTest {
  private static final int SEEDS = 5_000;
  private static final List<SagaSignal> SIGNALS =
      List.of(
          new Replied(new StockReserved(ORDER_ID)),
          new Replied(new StockRefused(ORDER_ID, "OUT_OF_STOCK", "apple")),
          new Replied(new StockReleased(ORDER_ID)),
          new Replied(new StockShipped(ORDER_ID)),
          new Replied(new PaymentCharged(ORDER_ID)),
          new Replied(new PaymentDeclined(ORDER_ID, "CARD_DECLINED")),
          new Replied(new PaymentRefunded(ORDER_ID)),
          Trigger.DEADLINE_PASSED,
          Trigger.DEADLINE_PASSED,
          Trigger.DEADLINE_PASSED,
          Trigger.DEADLINE_PASSED,
          Trigger.CANCEL_REQUESTED,
          Trigger.RETRY_REQUESTED,
          Trigger.SKIP_REQUESTED,
          Trigger.COMPENSATE_REQUESTED,
          Trigger.OTHER_MESSAGE_RECEIVED);

  private final SagaDefinition definition = PlaceOrderSaga.definition(TIMES);
  private final Set<String> seen = new HashSet<>();

  @Test
  void everySequenceEndsOnceOrStaysStuck() {
    Seed.forEach(SEEDS, this::run);

    if (System.getProperty("converge.seed") == null) {
      assertThat(seen)
          .contains("STUCK RetryRequested RUNNING", "STUCK RetryRequested COMPENSATING")
          .contains("STUCK SkipRequested COMPLETED", "STUCK SkipRequested COMPENSATED")
          .contains("STUCK SkipRequested COMPENSATING")
          .contains("STUCK CompensateRequested COMPENSATING");
    }
  }

  private void run(long seed) {
    Random random = new Random(seed);
    Instant now = PLACED_AT;
    SagaInstance saga = definition.start(ORDER, now).next();
    List<Advanced> ends = new ArrayList<>();
    for (int turn = 0; turn < 60; turn++) {
      SagaSignal signal = SIGNALS.get(random.nextInt(SIGNALS.size()));
      boolean late = random.nextBoolean() && saga.deadline() != null;
      now = late ? requireNonNull(saga.deadline()) : now.plusSeconds(1);
      saga = after(saga, signal, now, ends);
    }
    // No further signals but deadlines.
    for (int turn = 0; saga.deadline() != null; turn++) {
      assertThat(turn).as("%s", saga).isLessThan(10 * TIMES.maxAttempts());
      now = requireNonNull(saga.deadline());
      saga = after(saga, Trigger.DEADLINE_PASSED, now, ends);
    }
    boolean ended = saga.status().isTerminal();
    assertThat(ended || saga.status() == SagaStatus.STUCK).as("%s", saga).isTrue();
    assertThat(ends).hasSize(ended ? 1 : 0);
  }

  private SagaInstance after(
      SagaInstance saga, SagaSignal signal, Instant now, List<Advanced> ends) {
    SagaDecision decision = definition.decide(saga, ORDER, signal, now);
    boolean operators =
        signal == Trigger.RETRY_REQUESTED
            || signal == Trigger.SKIP_REQUESTED
            || signal == Trigger.COMPENSATE_REQUESTED;
    if (operators && saga.status() != SagaStatus.STUCK) {
      assertThat(decision).isInstanceOf(Refused.class);
    }
    if (!(decision instanceof Advanced advanced)) {
      return saga;
    }
    SagaInstance next = advanced.next();
    assertThat(saga.status().isTerminal()).as("%s moves", saga).isFalse();
    assertThat(next.version()).isEqualTo(saga.version() + 1);
    assertThat(next.messages()).isEqualTo(saga.messages() + advanced.sends().size());
    if (!saga.goesForward()) {
      assertThat(next.abortReason()).isEqualTo(saga.abortReason());
    }
    assertThat(next.deadline() != null)
        .isEqualTo(next.status() == SagaStatus.RUNNING || next.status() == SagaStatus.COMPENSATING);
    if (advanced.outcome() != null) {
      ends.add(advanced);
    }
    if (operators) {
      seen.add(saga.status() + " " + signal.label() + " " + next.status());
    }
    return next;
  }
}
