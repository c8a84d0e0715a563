package dev.converge.order.saga;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.SagaRules;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.saga.ParticipantMessages.PaymentDeclined;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaSignal.Replied;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.testkit.Seed;
import java.lang.reflect.Constructor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: a step is added to the saga in one place of the order service, and in one line of the rules
 * that the checker and the simulator share. Method: the saga with {@link AddedStep} is drawn and
 * takes random walks, and the rules judge each of them. {@code AddedStepSimulationTest} runs it
 * through the simulator.
 */
class AddedStepTest {
  private static final UUID ID = new UUID(0, 1);
  private static final Instant PLACED_AT = Instant.parse("2026-01-01T00:00:00Z");
  private static final SagaTimes TIMES =
      new SagaTimes(Duration.ofMinutes(15), Duration.ofSeconds(30), Duration.ofMinutes(2), 3);
  private static final Order ORDER =
      Order.placed(
          ID, "ada", "EUR", List.of(new OrderLine("apple", 2, 500)), "tok_ok", null, PLACED_AT);

  private static final SagaDefinition DEFINITION = AddedStep.definition(TIMES);
  private static final SagaRules RULES = AddedStep.RULES;

  private static final List<SagaSignal> SIGNALS =
      Stream.concat(
              DEFINITION.replies().map(AddedStepTest::created).map(Replied::new),
              Stream.of(Trigger.values()))
          .map(SagaSignal.class::cast)
          .toList();

  /** A reply about the order, with some reason if it has one. */
  private static SagaReply created(Class<?> reply) {
    Constructor<?> constructor = reply.getDeclaredConstructors()[0];
    Object[] fields =
        Stream.of(constructor.getParameterTypes())
            .map(type -> type == UUID.class ? ID : reasonOf(reply))
            .toArray();
    try {
      return (SagaReply) constructor.newInstance(fields);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(reply + " cannot be created", e);
    }
  }

  private static String reasonOf(Class<?> reply) {
    return reply == PaymentDeclined.class ? "CARD_DECLINED" : "OUT_OF_STOCK";
  }

  @Test
  void diagramShowsTheAddedStep() {
    assertThat(SagaDiagram.mermaid(DEFINITION).lines().map(String::strip))
        .contains(
            "reserve_stock --> reserve_slot: StockReserved",
            "reserve_slot --> charge_payment: SlotReserved",
            "reserve_slot --> undo_reserve_stock: SlotRefused",
            "charge_payment --> pack_slot: PaymentCharged (pivot)",
            "undo_charge_payment --> undo_reserve_slot: PaymentRefunded",
            "undo_reserve_slot --> undo_reserve_stock: SlotReleased")
        .anyMatch(line -> line.startsWith("pack_slot --> ") && line.endsWith(": SlotPacked"));
  }

  @Test
  void rulesAcceptEveryWalkOfTheSaga() {
    Set<SagaStatus> reached = EnumSet.noneOf(SagaStatus.class);
    Set<String> steps = new HashSet<>();
    Seed.forEach(
        2_000,
        seed -> {
          for (SagaInstance saga : walk(new Random(seed))) {
            reached.add(saga.status());
            steps.add(saga.step());
          }
        });
    assertThat(reached).containsExactlyInAnyOrder(SagaStatus.values());
    assertThat(steps).containsExactlyInAnyOrderElementsOf(RULES.steps());
  }

  @Test
  void rulesRefuseATransitionThatSkipsTheAddedStep() {
    assertThat(RULES.isLegal("RUNNING reserve-stock", "StockReserved", "RUNNING reserve-slot"))
        .isTrue();
    assertThat(RULES.isLegal("RUNNING reserve-stock", "StockReserved", "RUNNING charge-payment"))
        .isFalse();
    assertThat(
            SagaRules.PLACE_ORDER.isLegal(
                "RUNNING reserve-stock", "StockReserved", "RUNNING reserve-slot"))
        .as("checker notices a step it does not know")
        .isFalse();
  }

  private static List<SagaInstance> walk(Random random) {
    Instant now = PLACED_AT;
    SagaInstance saga = DEFINITION.start(ORDER, now).next();
    assertThat(state(saga)).isEqualTo(RULES.start());
    List<SagaInstance> walk = new ArrayList<>(List.of(saga));
    for (int signals = 0; signals < 400 && !saga.status().isTerminal(); signals++) {
      SagaSignal signal = SIGNALS.get(random.nextInt(SIGNALS.size()));
      now = now.plus(TIMES.stepDeadline());
      if (DEFINITION.decide(saga, ORDER, signal, now) instanceof Advanced advanced) {
        SagaInstance next = advanced.next();
        String transition = state(saga) + " -" + signal.label() + "-> " + state(next);
        assertThat(RULES.isLegal(state(saga), signal.label(), state(next))).as(transition).isTrue();
        saga = next;
        walk.add(saga);
      }
    }
    assertThat(saga.status().isTerminal()).as("saga has ended: %s", saga).isTrue();
    return walk;
  }

  private static String state(SagaInstance saga) {
    return saga.status() + " " + saga.step();
  }
}
