package dev.converge.console;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.converge.testkit.Architecture;
import org.junit.jupiter.api.Test;

/** Goal: the console follows the rules of the services. Method: rules over its dependencies. */
class ConsoleArchitectureTest {
  private static final JavaClasses CLASSES = Architecture.production("dev.converge.console");

  @Test
  void classNamesAreSpecific() {
    Architecture.classNamesAreSpecific(CLASSES);
  }

  @Test
  void asynchronyIsVertx() {
    Architecture.asynchronyIsVertx(CLASSES);
  }

  @Test
  void onlyMainIsStarted() {
    Architecture.noClassDependsOnMain(CLASSES, "dev.converge.console.ConsoleMain");
  }

  @Test
  void viewsAreComputedWithoutAsynchronyOrKafka() {
    noClasses()
        .that()
        .resideInAPackage("dev.converge.console.view..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.converge.platform..",
            "org.apache.kafka..",
            "io.vertx.core.http..",
            "io.vertx.ext..")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("io.vertx.core.Future")
        .check(CLASSES);
  }
}
