package dev.converge.lab.faults;

import org.jspecify.annotations.Nullable;

/**
 * An entry of the fault matrix: a kind of fault, and the component that it is injected into.
 *
 * @param name of the fault
 * @param family of faults that look alike in a plot
 * @param minHoldMillis the shortest time for which it is held
 * @param maxHoldMillis the longest
 * @param boundSeconds within which orders complete again once it is healed; null if there is none
 */
record FaultSpec(
    String name,
    String component,
    String family,
    int minHoldMillis,
    int maxHoldMillis,
    @Nullable Integer boundSeconds) {

  /** Whether it goes by this name: the fault's, the component's, or both. */
  boolean isCalled(String called) {
    return called.equals(name) || called.equals(component) || called.equals(id());
  }

  String id() {
    return name + ":" + component;
  }
}
