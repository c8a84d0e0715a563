package dev.converge.outbox;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import dev.converge.faults.Symptom;
import dev.converge.testkit.Architecture;
import io.vertx.core.AsyncResult;
import io.vertx.core.CompositeFuture;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: the library stays small and does not depend on orders. Method: its public types are listed
 * here, so that a new one is a decision; rules over its dependencies. The rules of delivery, which
 * simulations run, have a list of their own.
 */
class OutboxApiTest {
  private static final JavaClasses CLASSES = Architecture.production("dev.converge.outbox");

  private static final String DELIVERY = "dev.converge.outbox.delivery";

  private static Stream<String> publicTypes(Predicate<String> inPackage) {
    return CLASSES.stream()
        .filter(JavaClass::isTopLevelClass)
        .filter(type -> inPackage.test(type.getPackageName()))
        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
        .map(JavaClass::getSimpleName);
  }

  @Test
  void publicTypesAreThese() {
    assertThat(publicTypes(name -> !name.equals(DELIVERY)))
        .containsExactlyInAnyOrder(
            "AfterCommit",
            "ConnectorTemplate",
            "ConsumerConfig",
            "DeadLetter",
            "DeadLetters",
            "Exemplars",
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
            "TopicTail",
            "Traceparent",
            "UnprocessableMessageException");
  }

  @Test
  void publicTypesOfTheRulesAreThese() {
    assertThat(publicTypes(name -> name.equals(DELIVERY)))
        .containsExactlyInAnyOrder(
            "Backoff",
            "BlockedException",
            "ConsumedTopic",
            "ConsumerPosition",
            "Delivery",
            "DeliverySettings",
            "EntryReader",
            "Fault",
            "Partition",
            "Subscription",
            "Timing",
            "TopicState",
            "Transactions",
            "Verification");
  }

  @Test
  void deliveryRulesDependOnNoIoAndNoOtherPackage() {
    classes()
        .that()
        .resideInAPackage(DELIVERY)
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                    DELIVERY,
                    "java.lang..",
                    "java.time..",
                    "java.util..",
                    "org.jspecify.annotations..",
                    "com.google.errorprone.annotations..")
                .or(
                    belongToAnyOf(
                        AsyncResult.class,
                        CompositeFuture.class,
                        Future.class,
                        Promise.class,
                        Symptom.class)))
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage(DELIVERY)
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(CLASSES);
  }

  @Test
  void libraryDoesNotDependOnOrders() {
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
