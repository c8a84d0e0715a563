package dev.converge.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import dev.converge.testkit.Architecture;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: what services share stays small and is no framework. Method: its public types are counted;
 * one more takes a decision here.
 */
class ServiceDefaultsBudgetTest {
  // Twelve, and three for operators: who asks for what and how it is written down must be the same
  // in each service, or it is no audit log. One for audits, which all report alike. One that checks
  // the number of rows written, which stood in each service word for word. One that reads headers
  // by their grammar, for those that one service alone has. One with which audits ask other
  // services, which stood in two of them. Two with which a body's fields are read and all of its
  // faults collected, each service's own fields by the same rule.
  private static final int MOST_PUBLIC_TYPES = 19;

  @Test
  void publicTypesStayWithinTheBudget() {
    List<String> publicTypes =
        Architecture.production("dev.converge.service").stream()
            .filter(JavaClass::isTopLevelClass)
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .map(JavaClass::getSimpleName)
            .toList();

    assertThat(publicTypes).hasSizeBetween(1, MOST_PUBLIC_TYPES);
  }
}
