package dev.converge.outbox.reconciler;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import dev.converge.testkit.Architecture;
import org.junit.jupiter.api.Test;

/**
 * Goal: the reconciler has one public type and depends on no service. Method: rules over its
 * dependencies.
 */
class ReconcilerArchitectureTest {
  private static final JavaClasses CLASSES =
      Architecture.production("dev.converge.outbox.reconciler");

  @Test
  void publicTypesAreThese() {
    assertThat(
            CLASSES.stream()
                .filter(JavaClass::isTopLevelClass)
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getSimpleName))
        .containsExactlyInAnyOrder("OutboxReconciler");
  }

  @Test
  void dependsOnNoService() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.converge.order..",
            "dev.converge.inventory..",
            "dev.converge.payment..",
            "dev.converge.service..")
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
