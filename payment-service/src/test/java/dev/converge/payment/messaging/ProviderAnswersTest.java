package dev.converge.payment.messaging;

import static dev.converge.payment.InMemoryPayments.APPEND;
import static dev.converge.payment.InMemoryPayments.LOCK;
import static dev.converge.payment.InMemoryPayments.SAVE;
import static dev.converge.payment.InMemoryPayments.payment;
import static dev.converge.testkit.InMemoryDatabase.COMMIT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.payment.InMemoryPayments;
import dev.converge.payment.domain.PaymentDecision;
import dev.converge.payment.domain.PaymentDecision.Reply;
import dev.converge.payment.domain.PaymentStatus;
import dev.converge.payment.domain.ProviderAnswer;
import dev.converge.payment.domain.ProviderAnswer.Approved;
import dev.converge.payment.domain.ProviderAnswer.Declined;
import dev.converge.payment.domain.ProviderAnswer.Unanswered;
import dev.converge.payment.domain.ProviderAnswer.Undone;
import dev.converge.testkit.EventLoop;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.ConnectException;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: answers of the provider share a transaction, and each is complete once its payment and its
 * reply are committed. Method: payments in memory, whose statements are recorded, fail and wait
 * when the test says so.
 */
class ProviderAnswersTest {
  private static final EventLoop LOOP = new EventLoop();
  private static final UUID ADA = new UUID(0, 1);
  private static final UUID BOB = new UUID(0, 2);
  private static final UUID UNKNOWN = new UUID(0, 3);

  private final InMemoryPayments payments = new InMemoryPayments();
  private final ProviderAnswers answers =
      new ProviderAnswers(
          LOOP.vertx(),
          payments.database().pool(),
          payments,
          payments.outbox(),
          new SimpleMeterRegistry(),
          100);

  @AfterAll
  static void close() {
    LOOP.close();
  }

  @BeforeEach
  void addPayments() {
    payments.addLeased(
        List.of(payment(ADA, PaymentStatus.CHARGING, 0), payment(BOB, PaymentStatus.REFUNDING, 0)));
  }

  /** Submits the answers together; returns what became of each. */
  private List<Future<PaymentDecision>> submit(ProviderAnswer... submitted) {
    return LOOP.run(
        () -> {
          List<Future<PaymentDecision>> all = Stream.of(submitted).map(answers::submit).toList();
          return Future.join(all).transform(ended -> Future.succeededFuture(all));
        });
  }

  @Test
  void answersThatArriveTogetherShareATransaction() {
    List<Future<PaymentDecision>> decided = submit(new Approved(ADA), new Undone(BOB));

    assertThat(decided)
        .extracting(decision -> decision.result().reply())
        .containsExactly(Reply.CHARGED, Reply.REFUNDED);
    assertThat(payments.database().statements())
        .containsExactly(LOCK + " of 2", SAVE, APPEND, COMMIT);
    assertThat(payments.payment(ADA)).isEqualTo("CHARGED 0 1");
    assertThat(payments.payment(BOB)).isEqualTo("REFUNDED 0 1");
    assertThat(payments.replies()).containsExactly("1 1 PaymentCharged", "2 1 PaymentRefunded");
  }

  @Test
  void refusalNamesItsReason() {
    assertThat(submit(new Declined(ADA, "CARD_DECLINED")).get(0).succeeded()).isTrue();

    assertThat(payments.replies()).containsExactly("1 1 PaymentDeclined");
    assertThat(payments.sent().get(0).payload().json()).contains("\"CARD_DECLINED\"");
  }

  @Test
  void callWithoutAnswerIsCountedAndReleasedWithoutAReply() {
    assertThat(submit(new Unanswered(ADA)).get(0).succeeded()).isTrue();

    assertThat(payments.payment(ADA)).isEqualTo("CHARGING 1 0");
    assertThat(payments.lease(ADA)).isEmpty();
    assertThat(payments.replies()).isEmpty();
  }

  @Test
  void approvalOfAChargeThatIsBeingRefundedHasNoEffect() {
    assertThat(submit(new Approved(BOB)).get(0).result().reply()).isEqualTo(Reply.NONE);

    assertThat(payments.payment(BOB)).isEqualTo("REFUNDING 0 0");
    assertThat(payments.lease(BOB)).isPresent();
    assertThat(payments.replies()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {LOCK, SAVE, APPEND, COMMIT})
  void oneFailedStatementFailsAllAnswersAndLeavesNothing(String statement) {
    payments.database().fail(statement, new ConnectException("unavailable"));

    List<Future<PaymentDecision>> decided = submit(new Approved(ADA), new Undone(BOB));

    assertThat(decided).allMatch(Future::failed);
    assertThat(payments.payment(ADA)).isEqualTo("CHARGING 0 0");
    assertThat(payments.payment(BOB)).isEqualTo("REFUNDING 0 0");
    assertThat(payments.replies()).isEmpty();
  }

  @Test
  void answerWithoutAPaymentFailsAloneAndTheOthersAreWritten() {
    List<Future<PaymentDecision>> decided = submit(new Approved(UNKNOWN), new Approved(ADA));

    assertThat(decided.get(0).cause()).hasMessage("order " + UNKNOWN + " has no payment");
    assertThat(decided.get(1).result().reply()).isEqualTo(Reply.CHARGED);
    assertThat(payments.replies()).containsExactly("1 1 PaymentCharged");
  }

  @Test
  void answerIsCompleteAfterTheCommitAndNotBefore() {
    Promise<Void> commit = payments.database().hold(COMMIT);
    Future<PaymentDecision> decided = LOOP.start(() -> answers.submit(new Approved(ADA)));
    LOOP.settle();
    assertThat(payments.replies()).hasSize(1);
    assertThat(decided.isComplete()).isFalse();

    LOOP.execute(commit::complete);

    assertThat(decided.succeeded()).isTrue();
  }
}
