package dev.converge.lab.faults;

/**
 * A fault of a schedule.
 *
 * @param atMillis since the load began
 * @param holdMillis from the injection to the start of the healing
 */
record PlannedFault(int number, long atMillis, FaultSpec spec, long holdMillis) {}
