package dev.converge.lab.checker;

import static dev.converge.lab.checker.ConstructedRun.CANCELLED;
import static dev.converge.lab.checker.ConstructedRun.COMPLETED;
import static dev.converge.lab.checker.ConstructedRun.OUT_OF_STOCK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.checker.Books.ReservationRow;
import dev.converge.lab.checker.Interventions.SlotLoss;
import dev.converge.lab.checker.Observations.ResourceSample;
import dev.converge.lab.checker.RunLog.SlotSample;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: the checker detects violations. Method: a constructed run without faults passes; with one
 * change, it violates the invariant that the change breaks.
 */
class InvariantsTest {
  @Test
  void faultlessRunPassesAndEveryInvariantChecksSomething() {
    assertThat(Invariants.check(new ConstructedRun().evidence()))
        .allSatisfy(
            result -> {
              assertThat(result.violations()).as(result.invariant()).isEmpty();
              assertThat(result.checked()).as(result.invariant()).isPositive();
              assertThat(result.tried()).as(result.invariant()).isTrue();
            });
  }

  @Test
  void everyInvariantIsBrokenAtLeastTwice() {
    var broken =
        violations().collect(Collectors.groupingBy(BrokenRun::invariant, Collectors.counting()));
    Set<String> invariants =
        Invariants.check(new ConstructedRun().evidence()).stream()
            .map(InvariantResult::invariant)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(broken.keySet()).containsExactlyInAnyOrderElementsOf(invariants);
    assertThat(broken.values()).allSatisfy(times -> assertThat(times).isGreaterThanOrEqualTo(2));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("violations")
  void brokenRunFails(String invariant, String how, Consumer<ConstructedRun> breaking) {
    ConstructedRun run = new ConstructedRun();
    breaking.accept(run);
    InvariantResult found =
        Invariants.check(run.evidence()).stream()
            .filter(result -> result.invariant().equals(invariant))
            .findFirst()
            .orElseThrow();
    assertThat(found.violations()).as(how).isNotEmpty();
  }

  @Test
  void timelineShowsAllEvidenceAboutAnOrder() {
    assertThat(OrderTimeline.of(new ConstructedRun().evidence(), CANCELLED))
        .anyMatch(line -> line.contains("client    PLACE"))
        .anyMatch(line -> line.contains("CancelRequested -> COMPENSATING charge-payment"))
        .anyMatch(line -> line.contains("handled by [payment-service]"))
        .anyMatch(line -> line.contains("at the end") && line.contains("REFUNDED"))
        .noneMatch(line -> line.contains(COMPLETED));
  }

  static Stream<BrokenRun> violations() {
    return Stream.of(
            ClientViolations.all(),
            SagaViolations.all(),
            MoneyAndStockViolations.all(),
            PublicationViolations.all(),
            HandlingViolations.all(),
            ConcurrencyViolations.all(),
            LogViolations.all(),
            OperationViolations.all())
        .flatMap(List::stream);
  }

  @Test
  void untriedInvariantNeitherHoldsNorIsViolated() {
    ConstructedRun run = new ConstructedRun();
    run.transitions.removeIf(at -> at.orderId().equals(CANCELLED));
    run.outbox.removeIf(row -> row.orderId().equals(CANCELLED));
    run.calls.clear();
    run.firstFaultMicros = 1L;
    run.clockSteps.clear();
    run.resourceSamples.replaceAll(
        each ->
            each.whenQuiescent()
                ? new ResourceSample(each.service(), 8, true, 1L, 1L, 1L, 1L)
                : each);
    run.spans.clear();
    run.droppedSpans = 20;
    run.balances.clear();
    assertThat(Invariants.check(run.evidence()).stream().filter(found -> !found.tried()))
        .extracting(InvariantResult::invariant)
        .containsExactly("I9", "I14", "I23", "I25", "I26", "I27");
  }

  @Test
  void republishedMessagesAfterALossAreNoViolation() {
    ConstructedRun run = new ConstructedRun();
    run.slotLosses.add(new SlotLoss("order", 3_000_000, false));
    run.slotSamples.add(new SlotSample(30_000_000, "order", 0, "absent"));
    run.slotLosses.add(new SlotLoss("payment", 3_000_000, true));
    run.slotSamples.add(new SlotSample(30_000_000, "payment", 0, "lost"));
    run.slotSamples.add(new SlotSample(31_000_000, "payment", 0, "absent"));
    run.loseAndPublishAgain();
    assertThat(Invariants.check(run.evidence()))
        .allSatisfy(result -> assertThat(result.violations()).isEmpty());
  }

  @Test
  void messagesHandledBeforeTheirTopicWasDeletedAreNoViolation() {
    ConstructedRun run = new ConstructedRun();
    run.cut("payment.commands");
    run.empty("payment.commands");
    assertThat(Invariants.check(run.evidence()))
        .allSatisfy(result -> assertThat(result.violations()).isEmpty());
  }

  @Test
  void releasedTombstoneAndCompensatedRefusalAreNoViolation() {
    ConstructedRun run = new ConstructedRun();
    run.reservations.replaceAll(
        row ->
            row.orderId().equals(OUT_OF_STOCK)
                ? new ReservationRow(OUT_OF_STOCK, "REFUSED", List.of(), 1)
                : row);
    assertThat(SagaInvariants.compensation(run.evidence()).violations()).isEmpty();
  }
}
