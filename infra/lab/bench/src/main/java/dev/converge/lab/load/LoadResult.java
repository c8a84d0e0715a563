package dev.converge.lab.load;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.Map;
import java.util.TreeMap;

/**
 * The result of a step. Its JSON is flat: the groups are Java's alone.
 *
 * @param seconds from the first order offered to the last
 * @param cpuMillis the load generator's CPU
 */
public record LoadResult(
    String name,
    double seconds,
    @JsonUnwrapped Answers answers,
    @JsonUnwrapped Timings times,
    double cpuMillis,
    @JsonUnwrapped Histograms histograms) {

  /**
   * How orders were answered.
   *
   * @param acceptedInTime of those accepted, answered before the last order was offered
   * @param statuses answers by status; 0 is no answer
   */
  public record Answers(
      @JsonUnwrapped OrderCounts orders, long acceptedInTime, Map<Integer, Long> statuses) {
    private Answers plus(Answers other) {
      Map<Integer, Long> all = new TreeMap<>(statuses);
      other.statuses.forEach((status, answers) -> all.merge(status, answers, Long::sum));
      return new Answers(orders.plus(other.orders), acceptedInTime + other.acceptedInTime, all);
    }
  }

  static LoadResult of(
      String name, double seconds, Answers answers, Histograms histograms, double cpuMillis) {
    return new LoadResult(name, seconds, answers, histograms.timings(), cpuMillis, histograms);
  }

  /** Both steps taken together, under this one's name. */
  public LoadResult plus(LoadResult other) {
    return of(
        name,
        seconds + other.seconds,
        answers.plus(other.answers),
        histograms.plus(other.histograms),
        cpuMillis + other.cpuMillis);
  }

  /** Orders offered a second. */
  public double offeredPerSecond() {
    return seconds > 0 ? answers.orders().offered() / seconds : 0;
  }

  /** Orders accepted a second while orders were offered: not those that were answered later. */
  public double acceptedPerSecond() {
    return seconds > 0 ? answers.acceptedInTime() / seconds : 0;
  }
}
