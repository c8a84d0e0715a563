package dev.converge.testkit;

import com.tngtech.archunit.core.domain.JavaClasses;
import org.junit.jupiter.api.Test;

/** The rules that every service keeps; a service's test implements this and adds its own. */
public interface ServiceArchitecture {
  /** The composition root, in the service's base package. */
  Class<?> main();

  /** The package below which all of the service lies. */
  default String base() {
    return main().getPackageName();
  }

  /** The service's production classes. */
  default JavaClasses production() {
    return Architecture.production(base());
  }

  @Test
  default void domainDependsOnItselfOnly() {
    Architecture.domainDependsOnItselfOnly(production(), base());
  }

  @Test
  default void edgesDoNotDependOnEachOther() {
    Architecture.edgesDoNotDependOnEachOther(production(), base());
  }

  @Test
  default void auditsUseDomainAndSqlOnly() {
    Architecture.auditsUseDomainAndSqlOnly(production(), base());
  }

  @Test
  default void repositoriesAreInterfaces() {
    Architecture.repositoriesAreInterfaces(production(), base());
  }

  @Test
  default void sqlIsInPostgresOnly() {
    Architecture.sqlIsInPostgresOnly(production(), base());
  }

  @Test
  default void storedConstantsAreReadStrictly() {
    Architecture.storedConstantsAreReadStrictly(production());
  }

  @Test
  default void noClassDependsOnMain() {
    Architecture.noClassDependsOnMain(production(), main().getName());
  }

  @Test
  default void classNamesAreSpecific() {
    Architecture.classNamesAreSpecific(production());
  }

  @Test
  default void packagesHaveNoCycles() {
    Architecture.packagesHaveNoCycles(production());
  }

  @Test
  default void servicesDoNotUseInternalsOfTheServer() {
    Architecture.servicesDoNotUseInternalsOfTheServer(production());
  }

  @Test
  default void asynchronyIsVertx() {
    Architecture.asynchronyIsVertx(production());
  }
}
