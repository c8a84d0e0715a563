package dev.converge.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import dev.converge.testkit.Architecture;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: what services share stays small and is no framework. Method: its public types are counted
 * and listed, and one more is a decision recorded here.
 */
class ServiceDefaultsBudgetTest {
  // Twelve, and two for operators: the format of the operator log must be the same in each service.
  // One for audits, which all have the same report. One that checks the number of rows
  // written. One that parses headers by their grammar, for headers that a single service reads. One
  // with which an audit queries other services. Two with which a body's fields are read and all of
  // their faults collected. Two that HttpApi had as static methods: answers, and typed parameters.
  // One for the trace of a request, which Telemetry had as a static method. One that creates the
  // parts that are alike in every service. One that creates the parts of a service that takes part
  // in transactions: protocols, settings and routes must be the same in each. One that names the
  // transaction in doubt that holds a row, for the writes of stock and wallets. One that decides
  // when work for many messages asks for such rows first. One that decides which instance runs the
  // periodic jobs, for jobs that a single service has.
  private static final int MOST_PUBLIC_TYPES = 26;

  /** Public for the other packages of this module; no production code of a service names them. */
  private static final List<String> INTERNAL =
      List.of(
          "AcceptHeader",
          "AttributeTracer",
          "Authority",
          "ConnectionAdmission",
          "ConnectionLimits",
          "HeadTooSlowException",
          "HttpConfig",
          "JobMeters",
          "MediaType",
          "MessagingConfig",
          "OperatorRoutes",
          "RequestTarget",
          "TransactionConfig");

  private static List<String> publicTypes() {
    return Architecture.production("dev.converge.service").stream()
        .filter(JavaClass::isTopLevelClass)
        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
        .map(JavaClass::getSimpleName)
        .toList();
  }

  @Test
  void publicTypesStayWithinTheBudget() {
    assertThat(publicTypes().stream().filter(type -> !INTERNAL.contains(type)))
        .hasSizeBetween(1, MOST_PUBLIC_TYPES);
  }

  @Test
  void fewTypesArePublicForThisModuleAlone() {
    assertThat(publicTypes()).containsAll(INTERNAL);
  }
}
