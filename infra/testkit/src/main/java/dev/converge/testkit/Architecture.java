package dev.converge.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The rules of the architecture, as sentences. Each fails where it matches nothing. */
public final class Architecture {
  // Read once: a test method per rule asks for the same classes.
  private static final Map<String, JavaClasses> PRODUCTION = new ConcurrentHashMap<>();

  private Architecture() {}

  /** The production classes below a package. */
  public static JavaClasses production(String basePackage) {
    return PRODUCTION.computeIfAbsent(
        basePackage,
        read ->
            new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(read));
  }

  /** Decisions are pure: the domain depends on no Vert.x, Kafka, SQL or JSON. */
  public static void domainDependsOnItselfOnly(JavaClasses classes, String basePackage) {
    classes()
        .that()
        .resideInAPackage(basePackage + ".domain..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            basePackage + ".domain..",
            "java.lang..",
            "java.util..",
            "java.time..",
            "java.math..",
            "org.jspecify.annotations..",
            "com.google.errorprone.annotations..")
        .check(classes);
  }

  /** The edges do not depend on each other. */
  public static void edgesDoNotDependOnEachOther(JavaClasses classes, String basePackage) {
    noClasses()
        .that()
        .resideInAPackage(basePackage + ".postgres..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(basePackage + ".http..", basePackage + ".messaging..")
        .check(classes);
    noClasses()
        .that()
        .resideInAPackage(basePackage + ".http..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(basePackage + ".messaging..")
        .check(classes);
    noClasses()
        .that()
        .resideInAPackage(basePackage + ".messaging..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(basePackage + ".http..")
        .check(classes);
  }

  /** Audits use the domain and the SQL of the service; only the main class uses them. */
  public static void auditsUseDomainAndSqlOnly(JavaClasses classes, String basePackage) {
    noClasses()
        .that()
        .resideInAPackage(basePackage + ".checks..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            basePackage + ".http..",
            basePackage + ".messaging..",
            basePackage + ".application..",
            basePackage + ".provider..")
        .allowEmptyShould(true) // order-service has no such package
        .check(classes);
    noClasses()
        .that()
        .resideOutsideOfPackages(basePackage, basePackage + ".checks..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(basePackage + ".checks..")
        .check(classes);
  }

  /** Handlers, use cases and routes depend on interfaces of repositories, not on SQL. */
  public static void repositoriesAreInterfaces(JavaClasses classes, String basePackage) {
    noClasses()
        .that()
        .resideInAnyPackage(
            basePackage + ".application..", basePackage + ".messaging..", basePackage + ".http..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(basePackage + ".postgres..")
        .check(classes);
  }

  /** SQL is spoken in {@code postgres} only, whether to a connection or to a pool. */
  public static void sqlIsInPostgresOnly(JavaClasses classes, String basePackage) {
    noClasses()
        .that()
        .resideOutsideOfPackages(basePackage + ".postgres..", basePackage + ".provider..")
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "it prepares a query",
                call ->
                    call.getName().equals("preparedQuery")
                        && call.getTargetOwner().isAssignableTo(SqlClient.class)))
        .check(classes);
  }

  /** Code that reads rows reports a stored name without a constant as an environment fault. */
  public static void storedConstantsAreReadStrictly(JavaClasses classes) {
    noClasses()
        .that(
            DescribedPredicate.describe(
                "read rows",
                type ->
                    type.getDirectDependenciesFromSelf().stream()
                        .anyMatch(on -> on.getTargetClass().isAssignableTo(Row.class))))
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "it is valueOf of an enum (StoredRows.constant is meant)",
                call ->
                    call.getName().equals("valueOf")
                        && call.getTargetOwner().isAssignableTo(Enum.class)))
        .check(classes);
  }

  /** Only the main class depends on all parts. */
  public static void noClassDependsOnMain(JavaClasses classes, String mainClass) {
    noClasses().should().dependOnClassesThat().haveFullyQualifiedName(mainClass).check(classes);
  }

  /** No class has an unspecific name, such as "Manager". */
  public static void classNamesAreSpecific(JavaClasses classes) {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameEndingWith("Processor")
        .orShould()
        .haveSimpleNameStartingWith("Base")
        .orShould()
        .haveSimpleNameStartingWith("Abstract")
        .check(classes);
  }

  /** No package depends on itself through others, the base package and nested ones included. */
  public static void packagesHaveNoCycles(JavaClasses classes) {
    slices().assignedFrom(new EachPackage()).should().beFreeOfCycles().check(classes);
  }

  private static final class EachPackage implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return SliceIdentifier.of(type.getPackageName());
    }

    @Override
    public String getDescription() {
      return "each package";
    }
  }

  /** Services use no internals of the server except its parser of header values. */
  public static void servicesDoNotUseInternalsOfTheServer(JavaClasses classes) {
    String http = "dev.converge.service.http.";
    noClasses()
        .should()
        .dependOnClassesThat(
            JavaClass.Predicates.resideInAnyPackage(http + "connection..", http + "syntax..")
                .and(DescribedPredicate.not(JavaClass.Predicates.simpleName("FieldValueReader"))))
        .check(classes);
  }

  /** Futures of Vert.x only, and no thread-local context. */
  public static void asynchronyIsVertx(JavaClasses classes) {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.concurrent.CompletableFuture")
        .orShould()
        .callMethod(io.vertx.core.Vertx.class, "currentContext")
        .check(classes);
  }
}
