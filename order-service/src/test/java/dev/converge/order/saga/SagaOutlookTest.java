package dev.converge.order.saga;

import static dev.converge.order.domain.OrderStatus.CANCELLED;
import static dev.converge.order.domain.OrderStatus.COMPLETED;
import static dev.converge.order.domain.OrderStatus.REJECTED;
import static dev.converge.order.saga.SagaPaths.REPLIES;
import static dev.converge.order.saga.SagaScenario.ORDER;
import static dev.converge.order.saga.SagaScenario.PLACED_AT;
import static dev.converge.order.saga.SagaScenario.TIMES;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.domain.AbortReason;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaOutlook.Action;
import dev.converge.order.saga.SagaOutlook.Move;
import dev.converge.order.saga.SagaOutlook.Path;
import dev.converge.order.saga.SagaOutlook.Request;
import dev.converge.order.saga.SagaOutlook.Sent;
import dev.converge.order.saga.SagaSignal.Replied;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.testkit.Seed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: the path that is shown is the path that is taken. Method: random sagas; each of their
 * predicted paths is followed with the signals and replies that it names, through the rules.
 */
class SagaOutlookTest {
  private static final int SEEDS = 1_000;

  private static final List<SagaSignal> SIGNALS = signals();

  private final SagaDefinition definition = PlaceOrderSaga.definition(TIMES);
  private final Set<String> seen = new HashSet<>();

  @Test
  void predictedPathIsThePathTaken() {
    Seed.forEach(SEEDS, this::run);

    if (System.getProperty("converge.seed") == null) {
      assertThat(seen)
          .contains("answered COMPLETED", "answered REJECTED", "answered CANCELLED")
          .contains("deadline REJECTED", "deadline COMPLETED", "deadline null")
          .contains("CANCEL CANCELLED", "RETRY COMPLETED", "SKIP COMPLETED", "SKIP REJECTED")
          .contains("COMPENSATE REJECTED");
    }
  }

  private void run(long seed) {
    Random random = new Random(seed);
    SagaInstance saga = definition.start(ORDER, PLACED_AT).next();
    for (int turn = 0; turn < 20; turn++) {
      follow(saga);
      saga = next(saga, random);
    }
  }

  private SagaInstance next(SagaInstance saga, Random random) {
    SagaSignal signal = signal(saga, random);
    return definition
        .decide(saga, ORDER, signal, due(saga))
        .match(Advanced::next, ignored -> saga, refused -> saga);
  }

  // Of signals alone that are all alike, few sagas would come to their last step.
  private SagaSignal signal(SagaInstance saga, Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> definition.awaits(saga).map(this::replied).orElse(Trigger.DEADLINE_PASSED);
      case 1 -> Trigger.DEADLINE_PASSED;
      default -> SIGNALS.get(random.nextInt(SIGNALS.size()));
    };
  }

  private static List<SagaSignal> signals() {
    List<SagaSignal> signals = new ArrayList<>(List.of(Trigger.values()));
    REPLIES.forEach(reply -> signals.add(new Replied(reply)));
    return List.copyOf(signals);
  }

  private void follow(SagaInstance saga) {
    Optional<SagaOutlook> outlook = definition.outlook(saga, ORDER);
    assertThat(outlook.isEmpty()).isEqualTo(saga.status().isTerminal());
    outlook.ifPresent(next -> follow(saga, next));
  }

  private void follow(SagaInstance saga, SagaOutlook outlook) {
    assertTaken("answered", saga, null, outlook.ifAnswered());
    outlook.ifDeadline().ifPresent(late -> assertTaken("deadline", saga, late(), late));
    assertThat(outlook.actions()).extracting(Action::request).containsExactly(Request.values());
    for (Action action : outlook.actions()) {
      SagaSignal signal = action.request().signal();
      action.path().ifPresent(path -> assertTaken(action.request().name(), saga, signal, path));
      assertThat(definition.decide(saga, ORDER, signal, due(saga)) instanceof Advanced)
          .isEqualTo(action.path().isPresent());
      assertThat(action.why() == null).isEqualTo(action.path().isPresent());
    }
  }

  private static SagaSignal late() {
    return Trigger.DEADLINE_PASSED;
  }

  /**
   * @param first the signal that begins the path; null if a reply does
   */
  private void assertTaken(
      String which, SagaInstance begin, @Nullable SagaSignal first, Path path) {
    SagaInstance saga = begin;
    Advanced last = null;
    for (int i = 0; i < path.moves().size(); i++) {
      Move move = path.moves().get(i);
      SagaSignal signal = i == 0 && first != null ? first : replied(move.signal());
      assertThat(move.signal()).isEqualTo(signal.label());
      SagaDecision decision = definition.decide(saga, ORDER, signal, due(saga));
      assertThat(decision).as("%s of %s", move, saga).isInstanceOf(Advanced.class);
      last = (Advanced) decision;
      assertThat(last.next().status()).isEqualTo(move.status());
      assertThat(last.next().step()).isEqualTo(move.step());
      assertThat(last.next().attempt()).isEqualTo(move.attempt());
      assertThat(
              last.sends().stream()
                  .map(send -> new Sent(send.topic(), send.payload().getClass().getSimpleName())))
          .containsExactlyElementsOf(move.sends());
      saga = last.next();
    }
    // Nothing is left to happen, or only a person can continue.
    assertThat(saga.deadline()).isNull();
    assertThat(requireNonNull(last).outcome()).isEqualTo(path.outcome());
    assertThat(saga.abortReason()).isEqualTo(path.reason());
    seen.add(which + " " + path.outcome());
  }

  private SagaSignal replied(String label) {
    return new Replied(
        SagaPaths.reply(
            definition
                .replies()
                .filter(type -> type.getSimpleName().equals(label))
                .findFirst()
                .orElseThrow()));
  }

  private static Instant due(SagaInstance saga) {
    return saga.deadline() == null ? PLACED_AT : saga.deadline();
  }

  @Test
  void cancelDuringTheChargeUndoesItAndThenTheReservation() {
    SagaOutlook outlook = outlookAfter(SagaPaths.RESERVED);

    assertThat(outlook.awaits()).isEqualTo("PaymentCharged");
    assertThat(sent(outlook.ifAnswered())).containsExactly("ShipStock", "OrderCompleted");
    assertThat(outlook.ifAnswered().outcome()).isEqualTo(COMPLETED);
    Path cancelled = path(outlook, Request.CANCEL);
    assertThat(sent(cancelled)).containsExactly("RefundPayment", "ReleaseStock", "OrderCancelled");
    assertThat(cancelled.outcome()).isEqualTo(CANCELLED);
    Path late = outlook.ifDeadline().orElseThrow();
    assertThat(sent(late)).containsExactly("RefundPayment", "ReleaseStock", "OrderRejected");
    assertThat(late.outcome()).isEqualTo(REJECTED);
    assertThat(late.reason()).isEqualTo(AbortReason.TIMED_OUT);
  }

  @Test
  void stepThatCanBeUndoneHasOneAttempt() {
    assertThat(outlookAfter(SagaPaths.RESERVED).ofAttempts()).isEqualTo(1);
    assertThat(outlookAfter(SagaPaths.RESERVED, SagaPaths.CHARGED).ofAttempts())
        .isEqualTo(TIMES.maxAttempts());
  }

  @Test
  void requestThatIsRefusedHasTheReasonInsteadOfAPath() {
    Action cancel = outlookAfter(SagaPaths.RESERVED, SagaPaths.CHARGED).actions().get(0);

    assertThat(cancel).isEqualTo(new Action(Request.CANCEL, Optional.empty(), "the order is paid"));
  }

  @Test
  void stepsAreNamedByTheirMessages() {
    assertThat(ThreeSteps.definition(TIMES).stepNames())
        .contains(
            new SagaStepNames(
                "charge-payment",
                "payment.commands",
                "ChargePayment",
                "PaymentCharged",
                "PaymentDeclined",
                "RefundPayment",
                "PaymentRefunded",
                true));
  }

  private static Path path(SagaOutlook outlook, Request request) {
    return outlook.actions().stream()
        .filter(action -> action.request() == request)
        .findFirst()
        .flatMap(Action::path)
        .orElseThrow();
  }

  private static List<String> sent(Path path) {
    return path.moves().stream().flatMap(move -> move.sends().stream()).map(Sent::type).toList();
  }

  private SagaOutlook outlookAfter(SagaReply... replies) {
    SagaDefinition three = ThreeSteps.definition(TIMES);
    SagaInstance saga = three.start(ORDER, PLACED_AT).next();
    for (SagaReply reply : replies) {
      saga = ((Advanced) three.decide(saga, ORDER, new Replied(reply), PLACED_AT)).next();
    }
    return three.outlook(saga, ORDER).orElseThrow();
  }
}
