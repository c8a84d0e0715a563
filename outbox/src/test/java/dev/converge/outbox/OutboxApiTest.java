package dev.converge.outbox;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import dev.converge.testkit.Architecture;
import org.junit.jupiter.api.Test;

/**
 * Goal: the library stays small and knows nothing of orders. Method: its public types are listed
 * here, so that a new one is a decision; rules over its dependencies.
 */
class OutboxApiTest {
  private static final JavaClasses CLASSES = Architecture.production("dev.converge.outbox");

  @Test
  void publicTypesAreThese() {
    assertThat(
            CLASSES.stream()
                .filter(JavaClass::isTopLevelClass)
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getSimpleName))
        .containsExactlyInAnyOrder(
            "AfterCommit",
            "ConnectorTemplate",
            "ConsumerConfig",
            "DeadLetter",
            "DeadLetters",
            "FailureReason",
            "InboundMessage",
            "MessageConsumer",
            "MessageHandler",
            "MessageOrigin",
            "MessageTypes",
            "Outbox",
            "OutboxHousekeeping",
            "OutboxMessage",
            "OutboxTables",
            "Payload",
            "RetryPolicy",
            "Traceparent",
            "UnprocessableMessageException",
            "WriteProbe");
  }

  @Test
  void knowsNothingOfOrders() {
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
  void namesSayWhatAThingIs() {
    Architecture.namesSayWhatAThingIs(CLASSES);
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
