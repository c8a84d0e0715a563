package dev.converge.lab.checker;

import java.util.List;

/**
 * The lab's own changes to messages and slots.
 *
 * @param poison the names of the records that it has sent and that must be parked
 * @param foreign the names of the records that it has sent and that must be handled
 */
public record Interventions(
    List<String> poison, List<String> foreign, List<Cut> cuts, List<SlotLoss> slotLosses) {
  static final Interventions NONE = new Interventions(List.of(), List.of(), List.of(), List.of());

  /** All records that a topic had at that time were deleted. */
  public record Cut(String topic, long atMicros) {}

  /**
   * The slot of a domain's database was dropped or invalidated.
   *
   * @param invalidated whether it still existed, without its log; otherwise it was dropped
   */
  public record SlotLoss(String domain, long atMicros, boolean invalidated) {}
}
