package dev.converge.order;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import dev.converge.contracts.MessageFields;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.SagaCommand;
import dev.converge.order.saga.SagaMessage;
import dev.converge.order.saga.SagaReply;
import dev.converge.outbox.MessageTypes;
import dev.converge.testkit.ServiceArchitecture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Goal: the order service keeps its architecture. Method: rules over the dependencies of its
 * production classes.
 */
class ArchitectureTest implements ServiceArchitecture {
  @Override
  public Class<?> main() {
    return OrderServiceMain.class;
  }

  @Test
  void sagaDependsOnTheDomainAndMessageNamesOnly() {
    classes()
        .that()
        .resideInAPackage(base() + ".saga..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            base() + ".saga..",
            base() + ".domain..",
            MessageTypes.class.getPackageName(),
            MessageFields.class.getPackageName(),
            "java.lang..",
            "java.util..",
            "java.time..",
            "org.jspecify.annotations..",
            "com.google.errorprone.annotations..")
        .check(production());
    noClasses()
        .that()
        .resideInAPackage(base() + ".saga..")
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are of the outbox but not MessageTypes",
                type ->
                    type.getPackageName().equals(MessageTypes.class.getPackageName())
                        && !type.isEquivalentTo(MessageTypes.class)))
        .check(production());
  }

  @Test
  void levelsOfReadsDependOnNothing() {
    classes()
        .that()
        .resideInAPackage(base() + ".reads..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            base() + ".reads..",
            "java.lang..",
            "java.util..",
            "org.jspecify.annotations..",
            "com.google.errorprone.annotations..")
        .check(production());
  }

  /** {@link SagaCommand} and {@link SagaReply} are open, for the steps of tests. */
  @Test
  void sagaHasNoMessagesButThoseOfTheContract() {
    classes()
        .that()
        .implement(SagaMessage.class)
        .or()
        .implement(SagaReply.class)
        .should()
        .haveNameMatching(Pattern.quote(ParticipantMessages.class.getName() + "$") + ".*")
        .check(production());
  }
}
