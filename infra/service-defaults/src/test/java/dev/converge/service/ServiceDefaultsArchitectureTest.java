package dev.converge.service;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.converge.testkit.Architecture;
import org.junit.jupiter.api.Test;

/**
 * Goal: the shared parts follow the rules of the services. Method: rules over the dependencies of
 * their production classes.
 */
class ServiceDefaultsArchitectureTest {
  private static final JavaClasses CLASSES = Architecture.production("dev.converge.service");

  @Test
  void asynchronyIsVertx() {
    Architecture.asynchronyIsVertx(CLASSES);
  }

  @Test
  void storedConstantsAreReadStrictly() {
    Architecture.storedConstantsAreReadStrictly(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    Architecture.packagesHaveNoCycles(CLASSES);
  }

  @Test
  void syntaxIsPure() {
    noClasses()
        .that()
        .resideInAPackage("dev.converge.service.http.syntax..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.vertx..", "dev.converge.service.runtime..")
        .check(CLASSES);
  }

  @Test
  void classNamesAreSpecific() {
    Architecture.classNamesAreSpecific(CLASSES);
  }
}
