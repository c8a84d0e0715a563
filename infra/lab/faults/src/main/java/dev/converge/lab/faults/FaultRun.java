package dev.converge.lab.faults;

import org.jspecify.annotations.Nullable;

/**
 * What came of a planned fault.
 *
 * @param injectedMicros of the epoch; null where it was not put in
 * @param takenAwayMicros when its healing began
 * @param healedMicros when its healing was done
 * @param notInjected why it was not put in
 * @param notHealed why it could not be taken away immediately
 */
record FaultRun(
    PlannedFault planned,
    @Nullable Long injectedMicros,
    @Nullable Long takenAwayMicros,
    @Nullable Long healedMicros,
    @Nullable String notInjected,
    @Nullable String notHealed) {}
