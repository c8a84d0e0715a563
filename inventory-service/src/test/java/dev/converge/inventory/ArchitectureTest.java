package dev.converge.inventory;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.converge.testkit.Architecture;
import org.junit.jupiter.api.Test;

/**
 * Goal: the inventory service keeps its architecture. Method: rules over the dependencies of its
 * production classes.
 */
class ArchitectureTest {
  private static final String BASE = "dev.converge.inventory";
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
    Architecture.nothingKnowsMain(CLASSES, InventoryServiceMain.class.getName());
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
}
