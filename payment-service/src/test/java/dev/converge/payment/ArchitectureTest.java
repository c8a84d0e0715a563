package dev.converge.payment;

import dev.converge.testkit.ServiceArchitecture;

/**
 * Goal: the payment service keeps its architecture. Method: rules over the dependencies of its
 * production classes.
 */
class ArchitectureTest implements ServiceArchitecture {
  @Override
  public Class<?> main() {
    return PaymentServiceMain.class;
  }
}
