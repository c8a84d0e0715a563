package dev.converge.order.saga;

import static dev.converge.order.domain.AbortReason.OUT_OF_STOCK;
import static dev.converge.order.saga.SagaScenario.TIMES;
import static dev.converge.order.saga.SagaStep.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: only a definition that makes a saga is accepted. Method: examples that break one rule each.
 */
class SagaDefinitionTest {
  private record Do(UUID orderId) implements SagaCommand {}

  private record Undo(UUID orderId) implements SagaCommand {}

  private record Done(UUID orderId) implements SagaReply {}

  private record Undone(UUID orderId) implements SagaReply {}

  private record No(UUID orderId) implements SagaReply {}

  private static SagaStep undoable(String name) {
    return step(name, "topic", order -> new Do(order.orderId()))
        .succeedsOn(Done.class)
        .undoneBy(order -> new Undo(order.orderId()), Undone.class);
  }

  private static SagaStep onlyForward(String name) {
    return step(name, "topic", order -> new Do(order.orderId())).succeedsOn(Done.class);
  }

  private static void isNoSaga(String rule, SagaStep... steps) {
    assertThatThrownBy(() -> SagaDefinition.saga(TIMES, steps))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(rule);
  }

  @Test
  void mayConsistOfThePivotAlone() {
    assertThat(SagaDefinition.saga(TIMES, undoable("a").pivot()).steps()).hasSize(1);
  }

  @Test
  void areRefusedWithoutExactlyOnePivot() {
    isNoSaga("one step is the pivot");
    isNoSaga("one step is the pivot", undoable("a"), undoable("b"));
    isNoSaga("one step is the pivot", undoable("a").pivot(), undoable("b").pivot());
  }

  @Test
  void areRefusedIfTwoStepsShareAName() {
    isNoSaga("names are unique", undoable("a"), undoable("a").pivot());
  }

  @Test
  void areRefusedIfNoReplyEndsAStep() {
    isNoSaga(
        "a has a reply that ends it",
        step("a", "topic", order -> new Do(order.orderId()))
            .undoneBy(order -> new Undo(order.orderId()), Undone.class)
            .pivot());
  }

  @Test
  void areRefusedIfAStepUpToThePivotCannotBeUndone() {
    isNoSaga("a has an undo", onlyForward("a"), undoable("b").pivot());
    isNoSaga("b has an undo", undoable("a"), onlyForward("b").pivot());
  }

  @Test
  void areRefusedIfAStepAfterThePivotCanBeUndoneOrRefused() {
    isNoSaga("b has an undo", undoable("a").pivot(), undoable("b"));
    isNoSaga(
        "b is not refused",
        undoable("a").pivot(),
        onlyForward("b").refusedOn(No.class, no -> OUT_OF_STOCK));
  }

  @Test
  void areRefusedIfOneReplyWouldEndTwoSteps() {
    isNoSaga("a reply belongs to one step", undoable("a").pivot(), onlyForward("b"));
  }

  @Test
  void areRefusedWithoutASingleAttempt() {
    assertThatThrownBy(
            () -> new SagaTimes(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ZERO, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxAttempts: 0");
  }
}
