package dev.converge.edge;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.converge.testkit.Architecture;
import org.junit.jupiter.api.Test;

/** Goal: the edge follows the rules of the services. Method: rules over its dependencies. */
class EdgeArchitectureTest {
  private static final JavaClasses CLASSES = Architecture.production("dev.converge.edge");

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
    Architecture.noClassDependsOnMain(CLASSES, "dev.converge.edge.EdgeMain");
  }
}
