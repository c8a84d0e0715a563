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
 * @param waitedInVain of those accepted, asked for their end and answered 202: {@code completed}
 *     has the time they waited, which their end took longer than
 * @param statuses answers by status; 0 is no answer
 * @param post POST to its answer
 * @param completed POST to the terminal state, of the orders that asked for it
 * @param refused POST to 429 or 503
 * @param postTimes the histogram behind {@code post}, encoded, so that steps can be added up
 * @param completedTimes the histogram behind {@code completed}, encoded
 * @param refusedTimes the histogram behind {@code refused}, encoded
 */
public record LoadResult(
    String name,
    double seconds,
    long offered,
    long accepted,
    long acceptedInTime,
    long shed,
    long failed,
    long waitedInVain,
    Map<Integer, Long> statuses,
    Latencies post,
    Latencies completed,
    Latencies refused,
    double cpuMillis,
    String postTimes,
    String completedTimes,
    String refusedTimes) {

  static LoadResult of(
      String name,
      double seconds,
      long offered,
      long accepted,
      long acceptedInTime,
      long shed,
      long waitedInVain,
      Map<Integer, Long> statuses,
      Histogram post,
      Histogram completed,
      Histogram refused,
      double cpuMillis) {
    return new LoadResult(
        name,
        seconds,
        offered,
        accepted,
        acceptedInTime,
        shed,
        offered - accepted - shed,
        waitedInVain,
        statuses,
        Latencies.of(post),
        Latencies.of(completed),
        Latencies.of(refused),
        cpuMillis,
        Latencies.encoded(post),
        Latencies.encoded(completed),
        Latencies.encoded(refused));
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
        waitedInVain + other.waitedInVain,
        all,
        sum(postTimes, other.postTimes),
        sum(completedTimes, other.completedTimes),
        sum(refusedTimes, other.refusedTimes),
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
