package dev.converge.lab.load;

import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

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
 * @param postTimes the histogram behind {@code post}, encoded, so that steps can be added up
 * @param completedTimes the histogram behind {@code completed}, encoded
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
    double cpuMillis,
    String postTimes,
    String completedTimes) {

  static LoadResult of(
      String name,
      double seconds,
      long offered,
      long accepted,
      long acceptedInTime,
      long shed,
      Map<Integer, Long> statuses,
      Histogram post,
      Histogram completed,
      double cpuMillis) {
    return new LoadResult(
        name,
        seconds,
        offered,
        accepted,
        acceptedInTime,
        shed,
        offered - accepted - shed,
        statuses,
        Latencies.of(post),
        Latencies.of(completed),
        cpuMillis,
        Latencies.encoded(post),
        Latencies.encoded(completed));
  }

  /** Both steps taken together, under this one's name. */
  public LoadResult plus(LoadResult other) {
    Map<Integer, Long> all = new TreeMap<>(statuses);
    other.statuses.forEach((status, answers) -> all.merge(status, answers, Long::sum));
    return of(
        name,
        seconds + other.seconds,
        offered + other.offered,
        accepted + other.accepted,
        acceptedInTime + other.acceptedInTime,
        shed + other.shed,
        all,
        sum(postTimes, other.postTimes),
        sum(completedTimes, other.completedTimes),
        cpuMillis + other.cpuMillis);
  }

  private static Histogram sum(String one, String other) {
    Histogram sum = Latencies.decoded(one);
    sum.add(Latencies.decoded(other));
    return sum;
  }

  /** Orders offered a second. */
  public double offeredPerSecond() {
    return seconds > 0 ? offered / seconds : 0;
  }

  /** Orders accepted a second while orders were offered: not those that were answered later. */
  public double acceptedPerSecond() {
    return seconds > 0 ? acceptedInTime / seconds : 0;
  }
}
