package dev.converge.lab.faults;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.converge.lab.checker.Books.OrderRow;
import dev.converge.lab.checker.Evidence;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A fault, and the orders during it. Its JSON is flat: the groups are Java's alone. */
record FaultOutcome(
    int number,
    @JsonUnwrapped Target target,
    @JsonUnwrapped Injection injection,
    @JsonUnwrapped Recovery recovery) {

  /** The fault, and the component that it is injected into. */
  record Target(String fault, String component, String family) {}

  /**
   * The times of injection and healing.
   *
   * @param atSeconds since the load began
   * @param heldSeconds until its healing began
   * @param healedAfterSeconds since the load began
   */
  record Injection(
      @Nullable Double atSeconds,
      @Nullable Double heldSeconds,
      @Nullable Double healedAfterSeconds,
      @Nullable String notInjected,
      @Nullable String notHealed) {
    double heldOrZero() {
      return heldSeconds == null ? 0 : heldSeconds;
    }
  }

  /**
   * The recovery of orders.
   *
   * @param inFlight orders placed and not ended when the fault was injected
   * @param recoverySeconds from the injection to the first COMPLETED order that was placed after
   *     it; null if there was none
   * @param boundSeconds for that, without the time for which the fault was held
   * @param disturbed whether the next fault was injected before the recovery and within the bound:
   *     then the recovery is not this fault's alone
   */
  record Recovery(
      long inFlight,
      @Nullable Double recoverySeconds,
      @Nullable Integer boundSeconds,
      boolean disturbed) {}

  boolean isInjected() {
    return injection.atSeconds() != null;
  }

  /** Whether work was in flight at the injection: otherwise the outcome proves nothing. */
  @JsonProperty
  boolean counts() {
    return isInjected() && recovery.inFlight() > 0;
  }

  /** Whether orders took longer to complete again than they should. */
  @JsonProperty
  boolean overBound() {
    Integer bound = recovery.boundSeconds();
    if (bound == null || !isInjected() || recovery.disturbed()) {
      return false;
    }
    Double recovered = recovery.recoverySeconds();
    return recovered == null || recovered - injection.heldOrZero() > bound;
  }

  static List<FaultOutcome> of(List<FaultRun> runs, Evidence evidence, long beginMicros) {
    List<FaultOutcome> outcomes = new ArrayList<>();
    for (int at = 0; at < runs.size(); at++) {
      OptionalLong next =
          runs.subList(at + 1, runs.size()).stream()
              .flatMap(run -> Stream.ofNullable(run.injectedMicros()))
              .mapToLong(Long::longValue)
              .findFirst();
      outcomes.add(of(runs.get(at), next, evidence.orders(), beginMicros));
    }
    return outcomes;
  }

  private static FaultOutcome of(
      FaultRun run, OptionalLong nextMicros, List<OrderRow> orders, long beginMicros) {
    FaultSpec spec = run.planned().spec();
    Long at = run.injectedMicros();
    return new FaultOutcome(
        run.planned().number(),
        new Target(spec.name(), spec.component(), spec.family()),
        new Injection(
            seconds(beginMicros, at),
            at == null ? null : seconds(at, run.healingMicros()),
            seconds(beginMicros, run.healedMicros()),
            run.notInjected(),
            run.notHealed()),
        at == null
            ? new Recovery(0, null, spec.boundSeconds(), false)
            : recovery(run, at, nextMicros, orders));
  }

  private static Recovery recovery(
      FaultRun run, long injected, OptionalLong nextMicros, List<OrderRow> orders) {
    OptionalLong completed =
        orders.stream()
            .filter(order -> order.placedMicros() >= injected)
            .filter(order -> order.status().equals("COMPLETED"))
            .mapToLong(order -> order.endedMicros() == null ? Long.MAX_VALUE : order.endedMicros())
            .min();
    // A fault that is injected after the bound disturbs nothing.
    Integer bound = run.planned().spec().boundSeconds();
    long boundOver =
        bound == null || run.healingMicros() == null
            ? Long.MAX_VALUE
            : run.healingMicros() + bound * 1_000_000L;
    return new Recovery(
        orders.stream().filter(order -> isUnderWay(order, injected)).count(),
        completed.isPresent() ? (completed.getAsLong() - injected) / 1e6 : null,
        bound,
        nextMicros.isPresent()
            && nextMicros.getAsLong() < Math.min(boundOver, completed.orElse(Long.MAX_VALUE)));
  }

  private static boolean isUnderWay(OrderRow order, long micros) {
    return order.placedMicros() <= micros
        && (order.endedMicros() == null || order.endedMicros() > micros);
  }

  private static @Nullable Double seconds(long fromMicros, @Nullable Long micros) {
    return micros == null ? null : (micros - fromMicros) / 1e6;
  }
}
