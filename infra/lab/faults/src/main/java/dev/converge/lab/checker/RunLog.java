package dev.converge.lab.checker;

import dev.converge.lab.checker.Books.StockRow;
import dev.converge.lab.history.Request;
import java.util.List;
import java.util.Map;

/**
 * The lab's record of a run.
 *
 * @param history the requests of the client, with their answers
 * @param received the stock that the lab gave each SKU
 * @param stockSamples one a second
 * @param slotSamples one a second
 * @param interventions the lab's own changes to messages and slots
 */
public record RunLog(
    List<Request> history,
    Map<String, Long> received,
    List<StockSample> stockSamples,
    List<SlotSample> slotSamples,
    Interventions interventions,
    Observations observations) {

  /** No run was recorded. */
  static final RunLog NONE =
      new RunLog(List.of(), Map.of(), List.of(), List.of(), Interventions.NONE, Observations.NONE);

  /** A SKU at a time of the run. */
  public record StockSample(long atMicros, StockRow stock) {}

  /** A slot at a time of the run; its status is {@code absent} if there was none. */
  public record SlotSample(long atMicros, String domain, long retainedBytes, String walStatus) {}
}
