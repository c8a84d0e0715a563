package dev.converge.lab.faults;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.converge.lab.checker.Evidence;
import dev.converge.lab.checker.InvariantResult;
import dev.converge.lab.checker.Invariants;
import dev.converge.lab.checker.OrderTimeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The verdict of a run. Its JSON is flat: the groups are Java's alone. */
record CampaignReport(
    @JsonUnwrapped Load load,
    @JsonUnwrapped CampaignOrders orders,
    @JsonUnwrapped CampaignMessages messages,
    @JsonUnwrapped CampaignFaults faults,
    @JsonUnwrapped Verdict verdict,
    @JsonUnwrapped Ending ending) {

  /**
   * The load, and the faults that were planned under it.
   *
   * @param loadSeconds from its start until all faults had been healed
   * @param nodes of each role
   */
  record Load(
      long seed,
      double ordersPerSecond,
      double loadSeconds,
      int planned,
      Map<String, Integer> nodes) {}

  /**
   * The verdict of the checker.
   *
   * @param results the invariants, each with its violations
   * @param counterexamples the first violations of each invariant, with the order's own timeline
   */
  record Verdict(List<InvariantResult> results, List<Counterexample> counterexamples) {
    // Of an invariant: a run in which nothing worked has as many violations as orders.
    private static final int EXAMPLES = 200;

    private static Verdict of(Evidence evidence) {
      List<InvariantResult> results = Invariants.check(evidence);
      return new Verdict(results, counterexamples(results, evidence));
    }

    private static List<Counterexample> counterexamples(
        List<InvariantResult> results, Evidence evidence) {
      List<Counterexample> examples = new ArrayList<>();
      for (InvariantResult result : results) {
        result.violations().stream()
            .limit(EXAMPLES)
            .forEach(
                violation ->
                    examples.add(
                        new Counterexample(
                            result.invariant(),
                            violation.what(),
                            violation.orderId() == null
                                ? List.of()
                                : OrderTimeline.of(evidence, violation.orderId()))));
      }
      return examples;
    }
  }

  /** A violation, and all that is known of its order. */
  record Counterexample(String invariant, String what, List<String> timeline) {}

  /**
   * The end of a run.
   *
   * @param quiescentSeconds from the healing of all faults until nothing was in progress; null for
   *     never
   * @param reconciledSeconds from then until the reconcilers had also compared all that was lost;
   *     null for never, or if nothing was lost
   * @param audits findings of the services' own audits during the run
   * @param missedSamples samples of stock or slots that failed because their database was down
   */
  record Ending(
      @Nullable Double quiescentSeconds,
      @Nullable Double reconciledSeconds,
      AuditWatch.Observed audits,
      long missedSamples) {}

  /**
   * The course of a run.
   *
   * @param clientEnded whether the client ended in order, with nothing given up silently
   */
  record Course(
      long beginMicros,
      long healedMicros,
      boolean clientEnded,
      Ending ending,
      List<String> notPossible) {}

  static CampaignReport of(
      Campaign.Settings settings, Evidence evidence, List<FaultOutcome> faults, Course course) {
    return new CampaignReport(
        new Load(
            settings.seed(),
            settings.ordersPerSecond(),
            (course.healedMicros() - course.beginMicros()) / 1e6,
            settings.faults(),
            settings.nodes()),
        CampaignOrders.of(settings.burst(), evidence, course),
        CampaignMessages.of(evidence),
        new CampaignFaults(
            faults,
            FirstAttempts.of(evidence.history(), faults, course.beginMicros()),
            course.notPossible(),
            FaultCatalogue.NOT_BUILT),
        Verdict.of(evidence),
        course.ending());
  }

  @JsonProperty
  boolean holds() {
    return verdict.results().stream().allMatch(InvariantResult::passes);
  }

  @JsonProperty
  long injected() {
    return faults.injected();
  }

  @JsonProperty
  long unhealed() {
    return faults.unhealed();
  }

  @JsonProperty
  long counted() {
    return faults.counted();
  }

  /** The goals of the run; the exit code does not depend on them. */
  @JsonProperty
  List<Goal> goals() {
    return Goal.of(this);
  }

  /** Whether the run went as planned. */
  @JsonProperty
  boolean complete() {
    return injected() == load.planned()
        && unhealed() == 0
        && orders.client().ended()
        && (load.planned() == 0 || counted() > 0);
  }

  @JsonIgnore
  int exitCode() {
    return holds() && complete() ? 0 : 1;
  }
}
