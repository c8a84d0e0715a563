package dev.converge.lab.checker;

import dev.converge.lab.checker.Books.ChargeRow;
import dev.converge.lab.checker.Books.OrderRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Checks all invariants, in the order of their numbers. */
public final class Invariants {
  private static final long QUIESCENT_BYTES = 64L << 20;
  private static final long SLOT_LIMIT_BYTES = 4L << 30;

  /** Within which a slot that was dropped or invalidated is there again. */
  private static final long SLOT_AGAIN_MICROS = 60_000_000;

  private Invariants() {}

  /** Checks everything. */
  public static List<InvariantResult> check(Evidence evidence) {
    List<InvariantResult> results = new ArrayList<>();
    results.addAll(ClientInvariants.check(evidence));
    results.addAll(SagaInvariants.check(evidence));
    results.addAll(ConcurrencyInvariants.check(evidence));
    results.addAll(MoneyAndStockInvariants.check(evidence));
    results.addAll(PublicationInvariants.check(evidence));
    results.addAll(HandlingInvariants.check(evidence));
    results.addAll(LogInvariants.check(evidence));
    results.add(slots(evidence));
    results.add(KnownMessages.known(evidence));
    results.addAll(OperationInvariants.check(evidence));
    results.add(OperationInvariants.clocks(evidence, results));
    results.sort(Comparator.comparingInt(Invariants::number));
    return results;
  }

  private static int number(InvariantResult result) {
    return Integer.parseInt(result.invariant().substring(1));
  }

  /** I24: the log that a slot retains is bounded, and shrinks again. */
  static InvariantResult slots(Evidence evidence) {
    Check check = new Check();
    for (RunLog.SlotSample sample : evidence.slotSamples()) {
      check.that(
          sample.retainedBytes() <= SLOT_LIMIT_BYTES
              && (isUsable(sample) || mayBeLost(evidence, sample)),
          null,
          "slot of %s-db held back %d bytes and was %s",
          sample.domain(),
          sample.retainedBytes(),
          sample.walStatus());
    }
    for (RunLog.SlotSample sample : evidence.slotsWhenQuiescent()) {
      check.that(
          sample.retainedBytes() < QUIESCENT_BYTES && isUsable(sample),
          null,
          "slot of %s-db still retains %d bytes when quiescent and is %s",
          sample.domain(),
          sample.retainedBytes(),
          sample.walStatus());
    }
    return check.result(
        "I24", "slots exist, retain no more than they may, and little when quiescent");
  }

  private static boolean isUsable(RunLog.SlotSample sample) {
    return !sample.walStatus().equals("lost") && !sample.walStatus().equals("absent");
  }

  // One that was invalidated is absent for a moment, too, while it is recreated.
  private static boolean mayBeLost(Evidence evidence, RunLog.SlotSample sample) {
    return evidence.interventions().slotLosses().stream()
        .filter(loss -> loss.domain().equals(sample.domain()))
        .filter(loss -> loss.invalidated() || sample.walStatus().equals("absent"))
        .anyMatch(
            loss ->
                sample.atMicros() >= loss.atMicros()
                    && sample.atMicros() - loss.atMicros() <= SLOT_AGAIN_MICROS);
  }

  static <R> Map<String, R> byOrder(List<R> rows, Function<R, String> orderId) {
    return rows.stream().collect(Collectors.toMap(orderId, row -> row, (one, other) -> one));
  }

  static Map<String, OrderRow> orders(Evidence evidence) {
    return byOrder(evidence.orders(), OrderRow::orderId);
  }

  static Map<String, ChargeRow> ledger(Evidence evidence) {
    return byOrder(evidence.ledger(), ChargeRow::key);
  }
}
