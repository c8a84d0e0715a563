package dev.converge.lab.load;

import java.util.Map;

/**
 * What came of a step.
 *
 * @param seconds from the first order offered to the last
 * @param accepted answered 202 or 201
 * @param acceptedInTime of these, answered before the last order was offered
 * @param shed answered 429 or 503 with Retry-After
 * @param failed not answered, or answered otherwise
 * @param statuses answers by status; 0 stands for none
 * @param post POST to its answer
 * @param completed POST to the terminal state, of the orders that asked for it
 */
public record LoadResult(
    String name,
    double seconds,
    long offered,
    long accepted,
    long acceptedInTime,
    long shed,
    long failed,
    Map<Integer, Long> statuses,
    Latencies post,
    Latencies completed,
    double cpuMillis) {

  /** Orders offered a second. */
  public double offeredPerSecond() {
    return seconds > 0 ? offered / seconds : 0;
  }

  /** Orders accepted a second while orders were offered: not those that were answered later. */
  public double acceptedPerSecond() {
    return seconds > 0 ? acceptedInTime / seconds : 0;
  }
}
