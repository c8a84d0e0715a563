package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.history.Answered;
import dev.converge.lab.history.Outcome;
import dev.converge.lab.history.Request;
import dev.converge.lab.history.Sent;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: an order without an answer counts against the last fault before it. */
class FirstAttemptsTest {
  private static final long BEGIN = 1_000_000_000;
  private static final List<FaultOutcome> FAULTS =
      List.of(fault(1, "kafka", 10.0), fault(2, "inventory-db", null), fault(3, "order-db", 20.0));

  @Test
  void orderCountsAgainstTheLastFaultInjectedBeforeIt() {
    List<Request> history =
        List.of(
            place(1, 5, Outcome.OK),
            place(2, 10, Outcome.OK),
            place(3, 19, Outcome.UNKNOWN),
            place(4, 20, Outcome.UNKNOWN));
    assertThat(FirstAttempts.of(history, FAULTS, BEGIN))
        .containsExactly(
            new FirstAttempts("kafka", 2, 1),
            new FirstAttempts(FirstAttempts.NONE, 1, 1),
            new FirstAttempts("order-db", 1, 0));
  }

  @Test
  void onlyTheFirstRequestOfAnOrderCounts() {
    List<Request> history = List.of(again(2, 7, 12, Outcome.OK), again(1, 7, 11, Outcome.UNKNOWN));
    assertThat(FirstAttempts.of(history, FAULTS, BEGIN))
        .containsExactly(new FirstAttempts("kafka", 1, 0));
  }

  @Test
  void onlyASuccessIsAnAnswer() {
    List<Request> history = List.of(place(1, 12, Outcome.FAIL), place(2, 13, Outcome.OK));
    assertThat(FirstAttempts.of(history, FAULTS, BEGIN))
        .containsExactly(new FirstAttempts("kafka", 2, 1));
  }

  @Test
  void orderThatIsMeantToBeRefusedIsNotCounted() {
    List<Request> history =
        List.of(
            request(1, 1, "run-invalid-1", 12, Outcome.FAIL),
            request(2, 2, "run-2", 13, Outcome.OK));
    assertThat(FirstAttempts.of(history, FAULTS, BEGIN))
        .containsExactly(new FirstAttempts("kafka", 1, 1));
  }

  @Test
  void shareExcludesOrdersPlacedBeforeTheFirstFault() {
    List<FirstAttempts> tries =
        List.of(new FirstAttempts("kafka", 4, 3), new FirstAttempts(FirstAttempts.NONE, 90, 90));
    assertThat(FirstAttempts.shareBut(tries, List.of("order-db"))).isEqualTo(0.75);
  }

  @Test
  void shareOmitsComponents() {
    List<FirstAttempts> tries =
        List.of(new FirstAttempts("kafka", 4, 3), new FirstAttempts("order-db", 10, 0));
    assertThat(FirstAttempts.shareBut(tries, List.of("order-db"))).isEqualTo(0.75);
    assertThat(FirstAttempts.shareBut(tries, List.of("order-db", "kafka"))).isEqualTo(1);
  }

  private static Request place(long journey, int second, Outcome outcome) {
    return again(journey, journey, second, outcome);
  }

  private static Request again(long op, long journey, int second, Outcome outcome) {
    return request(op, journey, "key-" + journey, second, outcome);
  }

  private static Request request(long op, long journey, String key, int second, Outcome outcome) {
    return new Request(
        new Sent(op, journey, Request.Kind.PLACE, key, "plain", null, null),
        BEGIN + second * 1_000_000L,
        null,
        outcome,
        Answered.NONE);
  }

  private static FaultOutcome fault(int number, String component, @Nullable Double at) {
    return new FaultOutcome(
        number,
        new FaultOutcome.Target("kill", component, "kill"),
        new FaultOutcome.Injection(at, null, null, null, null),
        new FaultOutcome.Recovery(1, null, null, false));
  }
}
