package dev.converge.commitment;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.converge.testkit.Architecture;
import org.junit.jupiter.api.Test;

/**
 * Goal: the library knows atomic commitment only, its rules are pure, and its parts have one
 * direction. Method: rules over its dependencies.
 */
class CommitmentArchitectureTest {
  private static final String BASE = "dev.converge.commitment";
  private static final JavaClasses CLASSES = Architecture.production(BASE);

  @Test
  void protocolsArePure() {
    classes()
        .that()
        .resideInAPackage(BASE + ".protocol..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            BASE + ".protocol..",
            "java.lang..",
            "java.util..",
            "org.jspecify.annotations..",
            "com.google.errorprone.annotations..")
        .check(CLASSES);
  }

  @Test
  void dependsOnNoServiceAndOnNoOutbox() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.converge.order..",
            "dev.converge.inventory..",
            "dev.converge.payment..",
            "dev.converge.service..",
            "dev.converge.outbox..",
            "org.apache.kafka..")
        .check(CLASSES);
  }

  @Test
  void sqlIsInPostgresOnly() {
    Architecture.sqlIsInPostgresOnly(CLASSES, BASE);
  }

  @Test
  void zooKeeperIsInItsPackageOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage(BASE + ".zookeeper..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.curator..", "org.apache.zookeeper..")
        .check(CLASSES);
  }

  @Test
  void coreKnowsNoneOfItsEdges() {
    noClasses()
        .that()
        .resideInAnyPackage(BASE, BASE + ".protocol..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(BASE + ".http..", BASE + ".postgres..", BASE + ".zookeeper..")
        .check(CLASSES);
  }

  @Test
  void classNamesAreSpecific() {
    Architecture.classNamesAreSpecific(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    Architecture.packagesHaveNoCycles(CLASSES);
  }

  @Test
  void asynchronyIsVertx() {
    Architecture.asynchronyIsVertx(CLASSES);
  }
}
