package dev.converge.service;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.converge.testkit.Architecture;
import org.junit.jupiter.api.Test;

/**
 * Goal: what services share keeps the rules that the services keep. Method: rules over the
 * dependencies of its production classes.
 */
class ServiceDefaultsArchitectureTest {
  private static final JavaClasses CLASSES = Architecture.production("dev.converge.service");

  @Test
  void asynchronyIsVertx() {
    Architecture.asynchronyIsVertx(CLASSES);
  }

  @Test
  void namesSayWhatAThingIs() {
    Architecture.namesSayWhatAThingIs(CLASSES);
  }
}
