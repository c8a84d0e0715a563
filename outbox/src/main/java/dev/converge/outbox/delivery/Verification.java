package dev.converge.outbox.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where a consumer has to seek after its offsets were compared with the topic and with the inbox.
 *
 * @param recreated partitions of a topic that was recreated: read from the beginning
 * @param behind partitions that Kafka's offset would start too late, and where to read from instead
 * @param passed the records that the committed offsets had passed, to be read again, per partition
 */
public record Verification(
    Set<Partition> recreated, Map<Partition, Long> behind, List<Passed> passed) {

  /** Records from one offset up to another that a committed offset had passed. */
  public record Passed(Partition partition, long from, long to) {
    public long count() {
      return to - from;
    }

    @Override
    public String toString() {
      return partition + "@" + from + " to " + to;
    }
  }

  public Verification {
    recreated = Set.copyOf(recreated);
    behind = Map.copyOf(behind);
    passed = List.copyOf(passed);
  }

  static Verification of(
      Set<Partition> recreated, Map<Partition, Long> behind, Map<Partition, Long> committed) {
    List<Passed> passed = new ArrayList<>();
    behind.forEach(
        (partition, from) -> {
          Long to = committed.get(partition);
          if (to != null) {
            passed.add(new Passed(partition, from, to));
          }
        });
    return new Verification(recreated, behind, passed);
  }
}
