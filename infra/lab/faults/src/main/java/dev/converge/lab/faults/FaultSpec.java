package dev.converge.lab.faults;

import org.jspecify.annotations.Nullable;

/**
 * A spec of the fault matrix: what is done to whom.
 *
 * @param name of the fault
 * @param component it is put into
 * @param family of faults that look alike in a plot
 * @param minHoldMillis the fault is held at least so long
 * @param maxHoldMillis and at most so long
 * @param boundSeconds within which orders complete again once it is taken away; null for none
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
