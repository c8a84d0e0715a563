package dev.converge.lab.faults;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * A run's faults.
 *
 * @param firstAttempts successes at the first attempt, by the component of the last fault
 * @param notPossible faults that were requested and cannot be injected on this machine, with the
 *     reason
 */
record CampaignFaults(
    @JsonProperty("faults") List<FaultOutcome> outcomes,
    List<FirstAttempts> firstAttempts,
    List<String> notPossible,
    List<String> notBuilt) {

  long injected() {
    return outcomes.stream().filter(FaultOutcome::isInjected).count();
  }

  /** Faults that were not healed in time, by the lab or by the platform. */
  long unhealed() {
    return outcomes.stream().filter(fault -> fault.injection().notHealed() != null).count();
  }

  /** Faults that were injected while orders were in progress. */
  long counted() {
    return outcomes.stream().filter(FaultOutcome::counts).count();
  }
}
