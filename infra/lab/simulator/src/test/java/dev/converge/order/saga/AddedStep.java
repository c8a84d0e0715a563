package dev.converge.order.saga;

import static dev.converge.order.saga.SagaStep.step;

import dev.converge.lab.SagaRules;
import dev.converge.order.domain.AbortReason;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Two steps that only tests have, both in the inventory service: {@code reserve-slot} before the
 * pivot, and {@code pack-slot} after it, which stores nothing.
 */
public final class AddedStep {
  private static final int RESERVE_AT = 1;
  private static final int PACK_AT = 3;

  public record ReserveSlot(UUID orderId) implements SagaCommand {}

  public record SlotReserved(UUID orderId) implements SagaReply {}

  public record SlotRefused(UUID orderId) implements SagaReply {}

  public record ReleaseSlot(UUID orderId) implements SagaCommand {}

  public record SlotReleased(UUID orderId) implements SagaReply {}

  public record PackSlot(UUID orderId) implements SagaCommand {}

  public record SlotPacked(UUID orderId) implements SagaReply {}

  /** The rules of the checker and the simulator, with the added lines. */
  public static final SagaRules RULES = rules();

  private AddedStep() {}

  private static SagaRules rules() {
    List<SagaRules.Step> steps = new ArrayList<>(SagaRules.PLACE_ORDER.stepsWithReplies());
    steps.add(
        RESERVE_AT,
        new SagaRules.Step("reserve-slot", "inventory", "SlotReserved", "SlotRefused")
            .undoneBy("ReleaseSlot", "SlotReleased"));
    steps.add(PACK_AT, new SagaRules.Step("pack-slot", "inventory", "SlotPacked", null));
    return new SagaRules("charge-payment", steps.toArray(SagaRules.Step[]::new));
  }

  /** The product's saga with the added steps. */
  public static SagaDefinition definition(SagaTimes times) {
    List<SagaStep> steps = new ArrayList<>(PlaceOrderSaga.definition(times).steps());
    steps.add(
        RESERVE_AT,
        step(
                "reserve-slot",
                ParticipantMessages.INVENTORY_COMMANDS,
                order -> new ReserveSlot(order.orderId()))
            .succeedsOn(SlotReserved.class)
            .refusedOn(SlotRefused.class, refused -> AbortReason.OUT_OF_STOCK)
            .undoneBy(order -> new ReleaseSlot(order.orderId()), SlotReleased.class));
    steps.add(
        PACK_AT,
        step(
                "pack-slot",
                ParticipantMessages.INVENTORY_COMMANDS,
                order -> new PackSlot(order.orderId()))
            .succeedsOn(SlotPacked.class));
    return SagaDefinition.saga(times, steps.toArray(SagaStep[]::new));
  }
}
