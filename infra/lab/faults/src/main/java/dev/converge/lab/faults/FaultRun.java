package dev.converge.lab.faults;

import org.jspecify.annotations.Nullable;

/**
 * The result of a planned fault.
 *
 * @param injectedMicros of the epoch; null if it was not injected
 * @param healingMicros when its healing began
 * @param healedMicros when its healing was done
 * @param notInjected why it was not injected
 * @param notHealed why it could not be healed immediately
 */
record FaultRun(
    PlannedFault planned,
    @Nullable Long injectedMicros,
    @Nullable Long healingMicros,
    @Nullable Long healedMicros,
    @Nullable String notInjected,
    @Nullable String notHealed) {}
