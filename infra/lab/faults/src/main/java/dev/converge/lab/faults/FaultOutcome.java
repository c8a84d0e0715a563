package dev.converge.lab.faults;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.checker.Evidence;
import dev.converge.lab.checker.Evidence.OrderRow;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A fault beside what the orders did meanwhile.
 *
 * @param atSeconds since the load began
 * @param heldSeconds until its healing began
 * @param healedAfterSeconds since the load began
 * @param inFlight orders placed and not ended when it came
 * @param recoverySeconds from its coming to the first end, as COMPLETED, of an order that was
 *     placed after it came; null where there was none
 * @param boundSeconds for that, without the time for which it was held
 * @param disturbed whether the next fault came before that and before the bound was over: then it
 *     is not this fault's alone
 */
record FaultOutcome(
    int number,
    String fault,
    String component,
    String family,
    @Nullable Double atSeconds,
    @Nullable Double heldSeconds,
    @Nullable Double healedAfterSeconds,
    long inFlight,
    @Nullable Double recoverySeconds,
    @Nullable Integer boundSeconds,
    boolean disturbed,
    @Nullable String notInjected,
    @Nullable String notHealed) {

  /** Whether it met work in flight: only then it says something. */
  @JsonProperty
  boolean counts() {
    return atSeconds != null && inFlight > 0;
  }

  /** Whether orders took longer to complete again than they should. */
  @JsonProperty
  boolean overBound() {
    if (boundSeconds == null || atSeconds == null || disturbed) {
      return false;
    }
    double held = heldSeconds == null ? 0 : heldSeconds;
    return recoverySeconds == null || recoverySeconds - held > boundSeconds;
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
    Double recovery = null;
    boolean disturbed = false;
    long inFlight = 0;
    if (at != null) {
      long came = at;
      inFlight = orders.stream().filter(order -> isUnderWay(order, came)).count();
      OptionalLong next =
          orders.stream()
              .filter(order -> order.placedMicros() >= came && order.status().equals("COMPLETED"))
              .mapToLong(
                  order -> order.endedMicros() == null ? Long.MAX_VALUE : order.endedMicros())
              .min();
      recovery = next.isPresent() ? (next.getAsLong() - came) / 1e6 : null;
      // One that came when the bound was over already has disturbed nothing.
      long boundOver =
          spec.boundSeconds() == null || run.takenAwayMicros() == null
              ? Long.MAX_VALUE
              : run.takenAwayMicros() + spec.boundSeconds() * 1_000_000L;
      disturbed =
          nextMicros.isPresent()
              && nextMicros.getAsLong() < Math.min(boundOver, next.orElse(Long.MAX_VALUE));
    }
    return new FaultOutcome(
        run.planned().number(),
        spec.name(),
        spec.component(),
        spec.family(),
        seconds(beginMicros, at),
        at == null ? null : seconds(at, run.takenAwayMicros()),
        seconds(beginMicros, run.healedMicros()),
        inFlight,
        recovery,
        spec.boundSeconds(),
        disturbed,
        run.notInjected(),
        run.notHealed());
  }

  private static boolean isUnderWay(OrderRow order, long micros) {
    return order.placedMicros() <= micros
        && (order.endedMicros() == null || order.endedMicros() > micros);
  }

  private static @Nullable Double seconds(long fromMicros, @Nullable Long micros) {
    return micros == null ? null : (micros - fromMicros) / 1e6;
  }
}
