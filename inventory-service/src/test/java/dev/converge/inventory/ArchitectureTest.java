package dev.converge.inventory;

import dev.converge.testkit.ServiceArchitecture;

/**
 * Goal: the inventory service keeps its architecture. Method: rules over the dependencies of its
 * production classes.
 */
class ArchitectureTest implements ServiceArchitecture {
  @Override
  public Class<?> main() {
    return InventoryServiceMain.class;
  }
}
