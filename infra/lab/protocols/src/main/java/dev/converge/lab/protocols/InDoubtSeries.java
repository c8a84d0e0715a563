package dev.converge.lab.protocols;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.protocols.InDoubtSample.Branch;
import dev.converge.lab.protocols.InDoubtSample.DatabaseSample;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The branches in doubt over time. A branch in a database that is down ages on. */
record InDoubtSeries(List<Moment> moments) {
  InDoubtSeries {
    moments = List.copyOf(moments);
  }

  /**
   * A moment.
   *
   * @param count branches in doubt, in all databases
   * @param locked those of them that hold locks
   * @param atOrderMillis the age of the oldest in order-db, which only an order-service can end; 0
   *     if there is none
   * @param elsewhereMillis the age of the oldest in the other databases
   */
  record Moment(
      double atMillis,
      int count,
      int locked,
      double atOrderMillis,
      double elsewhereMillis,
      int blockedWriters,
      int blockedReaders) {
    /** The age of the oldest; 0 if there is none. */
    @JsonProperty
    double oldestMillis() {
      return Math.max(atOrderMillis, elsewhereMillis);
    }
  }

  private static final String ORDER = Topology.of(Part.ORDER_SERVICE).domain();

  private record Seen(double atMillis, List<Branch> branches) {}

  static InDoubtSeries of(List<InDoubtSample> samples) {
    Map<String, Seen> last = new HashMap<>();
    List<Moment> moments = new ArrayList<>(samples.size());
    for (InDoubtSample sample : samples) {
      int writers = 0;
      int readers = 0;
      for (Map.Entry<String, DatabaseSample> database : sample.databases().entrySet()) {
        last.put(database.getKey(), new Seen(sample.atMillis(), database.getValue().branches()));
        writers += database.getValue().blockedWriters();
        readers += database.getValue().blockedReaders();
      }
      moments.add(moment(sample.atMillis(), last, writers, readers));
    }
    return new InDoubtSeries(moments);
  }

  private static Moment moment(double at, Map<String, Seen> last, int writers, int readers) {
    int count = 0;
    int locked = 0;
    double atOrder = 0;
    double elsewhere = 0;
    for (Map.Entry<String, Seen> database : last.entrySet()) {
      Seen seen = database.getValue();
      double oldest = 0;
      for (Branch branch : seen.branches()) {
        count++;
        locked += branch.locked() ? 1 : 0;
        oldest = Math.max(oldest, branch.ageMillis() + at - seen.atMillis());
      }
      if (database.getKey().equals(ORDER)) {
        atOrder = oldest;
      } else {
        elsewhere = Math.max(elsewhere, oldest);
      }
    }
    return new Moment(
        at,
        count,
        locked,
        Quantiles.rounded(atOrder),
        Quantiles.rounded(elsewhere),
        writers,
        readers);
  }

  /** The time that all branches together were in doubt. */
  @JsonProperty
  double branchSeconds() {
    double sum = 0;
    for (int at = 1; at < moments.size(); at++) {
      double seconds = (moments.get(at).atMillis() - moments.get(at - 1).atMillis()) / 1_000;
      sum += moments.get(at - 1).count() * seconds;
    }
    return Quantiles.rounded(sum);
  }

  /** The greatest age. */
  @JsonProperty
  double oldestMillis() {
    return moments.stream().mapToDouble(Moment::oldestMillis).max().orElse(0);
  }

  /** The greatest age between two times. */
  double oldestMillis(double from, double to) {
    return between(from, to).stream().mapToDouble(Moment::oldestMillis).max().orElse(0);
  }

  /** The greatest age in order-db between two times. */
  double atOrderMillis(double from, double to) {
    return between(from, to).stream().mapToDouble(Moment::atOrderMillis).max().orElse(0);
  }

  /** The greatest age in the other databases between two times. */
  double elsewhereMillis(double from, double to) {
    return between(from, to).stream().mapToDouble(Moment::elsewhereMillis).max().orElse(0);
  }

  /** The most writers that waited for a lock at one moment between two times. */
  int blockedWriters(double from, double to) {
    return between(from, to).stream().mapToInt(Moment::blockedWriters).max().orElse(0);
  }

  /** The most readers that waited for a lock at one moment. */
  @JsonProperty
  int blockedReaders() {
    return moments.stream().mapToInt(Moment::blockedReaders).max().orElse(0);
  }

  /** The most branches that held locks at one moment between two times. */
  int locked(double from, double to) {
    return between(from, to).stream().mapToInt(Moment::locked).max().orElse(0);
  }

  private List<Moment> between(double from, double to) {
    return moments.stream().filter(m -> m.atMillis() >= from && m.atMillis() <= to).toList();
  }

  /** The first time from a moment on at which no branch is older than a duration; -1 if none. */
  double clearAfter(double from, double olderThanMillis) {
    return moments.stream()
        .filter(moment -> moment.atMillis() >= from && moment.oldestMillis() <= olderThanMillis)
        .mapToDouble(Moment::atMillis)
        .findFirst()
        .orElse(-1);
  }
}
