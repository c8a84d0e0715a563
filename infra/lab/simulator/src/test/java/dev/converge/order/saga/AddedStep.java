package dev.converge.order.saga;

import static dev.converge.order.saga.SagaStep.step;

import dev.converge.lab.SagaRules;
import dev.converge.order.domain.AbortReason;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A fourth step, which tests alone have: {@code reserve-slot}, in the inventory service, before the
 * pivot.
 */
public final class AddedStep {
  private static final int AT = 1;

  public record ReserveSlot(UUID orderId) implements SagaCommand {}

  public record SlotReserved(UUID orderId) implements SagaReply {}

  public record SlotRefused(UUID orderId) implements SagaReply {}

  public record ReleaseSlot(UUID orderId) implements SagaCommand {}

  public record SlotReleased(UUID orderId) implements SagaReply {}

  /** The rules of the checker and the simulator, with the added line. */
  public static final SagaRules RULES = rules();

  private AddedStep() {}

  private static SagaRules rules() {
    List<SagaRules.Step> steps = new ArrayList<>(SagaRules.PLACE_ORDER.stepsWithReplies());
    steps.add(
        AT,
        new SagaRules.Step("reserve-slot", "inventory", "SlotReserved", "SlotRefused")
            .undoneBy("ReleaseSlot", "SlotReleased"));
    return new SagaRules("charge-payment", steps.toArray(SagaRules.Step[]::new));
  }

  /** The product's saga with the added step. */
  public static SagaDefinition definition(SagaTimes times) {
    List<SagaStep> steps = new ArrayList<>(PlaceOrderSaga.definition(times).steps());
    steps.add(
        AT,
        step(
                "reserve-slot",
                ParticipantMessages.INVENTORY_COMMANDS,
                order -> new ReserveSlot(order.orderId()))
            .succeedsOn(SlotReserved.class)
            .refusedOn(SlotRefused.class, refused -> AbortReason.OUT_OF_STOCK)
            .undoneBy(order -> new ReleaseSlot(order.orderId()), SlotReleased.class));
    return SagaDefinition.saga(times, steps.toArray(SagaStep[]::new));
  }
}
