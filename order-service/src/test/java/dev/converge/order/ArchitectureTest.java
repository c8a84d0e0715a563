package dev.converge.order;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import dev.converge.outbox.MessageTypes;
import dev.converge.testkit.Architecture;
import org.junit.jupiter.api.Test;

/**
 * Goal: the order service keeps its architecture. Method: rules over the dependencies of its
 * production classes.
 */
class ArchitectureTest {
  private static final String BASE = "dev.converge.order";
  private static final JavaClasses CLASSES = Architecture.production(BASE);

  @Test
  void domainKnowsNothingButItself() {
    Architecture.domainKnowsNothingButItself(CLASSES, BASE);
  }

  @Test
  void edgesDoNotKnowOneAnother() {
    Architecture.edgesDoNotKnowOneAnother(CLASSES, BASE);
  }

  @Test
  void sqlStandsInPostgresOnly() {
    Architecture.sqlStandsInPostgresOnly(CLASSES, BASE);
  }

  @Test
  void nothingKnowsMain() {
    Architecture.nothingKnowsMain(CLASSES, OrderServiceMain.class.getName());
  }

  @Test
  void namesSayWhatAThingIs() {
    Architecture.namesSayWhatAThingIs(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    Architecture.packagesHaveNoCycles(CLASSES, BASE);
  }

  @Test
  void asynchronyIsVertx() {
    Architecture.asynchronyIsVertx(CLASSES);
  }

  @Test
  void sagaKnowsTheDomainAndTheNamesOfMessagesOnly() {
    classes()
        .that()
        .resideInAPackage(BASE + ".saga..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            BASE + ".saga..",
            BASE + ".domain..",
            MessageTypes.class.getPackageName(),
            "java.lang..",
            "java.util..",
            "java.time..",
            "org.jspecify.annotations..",
            "com.google.errorprone.annotations..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage(BASE + ".saga..")
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are of the outbox but not MessageTypes",
                type ->
                    type.getPackageName().equals(MessageTypes.class.getPackageName())
                        && !type.isEquivalentTo(MessageTypes.class)))
        .check(CLASSES);
  }
}
