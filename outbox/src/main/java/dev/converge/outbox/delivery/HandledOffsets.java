package dev.converge.outbox.delivery;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tracks how far a consumer has handled its partitions, and which offsets it has to commit.
 *
 * <p>An offset is valid in one topic only. If a topic is deleted and recreated under its name, an
 * offset of the old topic would skip records of the new one. Each offset is therefore committed
 * with the topic's id as its metadata. Nothing is committed for a partition before it is known in
 * which topic it was started, and nothing is kept for a revoked partition.
 */
final class HandledOffsets<E> {
  private final EntryReader<E> reader;
  private final Set<Partition> assigned = new HashSet<>();
  private final Set<Partition> unverified = new HashSet<>();
  private final Set<Partition> checking = new HashSet<>();
  private final Set<Partition> revokedInBatch = new HashSet<>();
  private final Map<Partition, Long> uncommitted = new HashMap<>();
  private String topicId = "";

  HandledOffsets(EntryReader<E> reader) {
    this.reader = reader;
  }

  /** Adds partitions that are read from the group's committed offsets. */
  void assigned(Set<Partition> partitions) {
    assigned.addAll(partitions);
    unverified.addAll(partitions);
  }

  /** Drops partitions that moved to another consumer or were deleted. */
  void revoked(Set<Partition> partitions) {
    assigned.removeAll(partitions);
    unverified.removeAll(partitions);
    checking.removeAll(partitions);
    uncommitted.keySet().removeAll(partitions);
    revokedInBatch.addAll(partitions);
  }

  /** Drops all partitions. */
  void clear() {
    revoked(Set.copyOf(assigned));
    topicId = "";
  }

  boolean hasAssigned() {
    return !assigned.isEmpty();
  }

  /** Whether it is unknown for some partitions in which topic their offsets were committed. */
  boolean hasUnverified() {
    return !unverified.isEmpty();
  }

  /** Starts a check of the partitions that are unverified now; later ones need another check. */
  void beginCheck() {
    checking.clear();
    checking.addAll(unverified);
  }

  /**
   * Compares the offsets at which the partitions were started with the topic and with the inbox,
   * and marks the partitions in the check as verified. Discards what was handled of partitions that
   * have to be read from elsewhere.
   *
   * @param topic the topic as it is now
   * @param handledTo the offsets up to which everything is handled, in the topic as it is now
   */
  Verification verify(TopicState topic, Map<Partition, Long> handledTo) {
    Set<Partition> recreated = recreated(topic);
    Map<Partition, Long> behind = behind(topic.committed(), handledTo);
    behind.keySet().removeAll(recreated);
    topicId = topic.id();
    unverified.removeAll(checking);
    checking.clear();
    uncommitted.keySet().removeAll(recreated);
    uncommitted.keySet().removeAll(behind.keySet());
    return Verification.of(recreated, behind, topic.committed());
  }

  private Set<Partition> recreated(TopicState topic) {
    Set<Partition> recreated = new HashSet<>();
    for (Partition partition : assigned) {
      boolean known = !unverified.contains(partition);
      String startedIn = known ? topicId : topic.committedIn().get(partition);
      if ((known || checking.contains(partition)) && isOther(startedIn, topic.id())) {
        recreated.add(partition);
      }
    }
    return recreated;
  }

  private static boolean isOther(@Nullable String startedIn, String id) {
    return startedIn != null && !startedIn.isEmpty() && !startedIn.equals(id);
  }

  // Kafka's offset has passed records that were not handled, or the group's offset is gone.
  private Map<Partition, Long> behind(
      Map<Partition, Long> committed, Map<Partition, Long> handledTo) {
    Map<Partition, Long> behind = new HashMap<>();
    for (Partition partition : checking) {
      Long to = handledTo.get(partition);
      Long begun = committed.get(partition);
      if (to != null && unverified.contains(partition) && (begun == null || begun > to)) {
        behind.put(partition, to);
      }
    }
    return behind;
  }

  /** Marks partitions as unverified: it is unknown from where they are read. */
  void unverify(Set<Partition> partitions) {
    partitions.stream().filter(assigned::contains).forEach(unverified::add);
  }

  /** How far verified partitions are handled beyond the committed offsets. */
  ConsumerPosition uncommitted() {
    Map<Partition, Long> handled = new HashMap<>(uncommitted);
    handled.keySet().removeAll(unverified);
    return new ConsumerPosition(topicId, handled);
  }

  /**
   * The position after a batch, for verified partitions. A batch holds a partition's records in
   * their order.
   */
  ConsumerPosition after(List<E> batch) {
    Map<Partition, Long> after = new HashMap<>();
    for (E entry : batch) {
      Partition partition = reader.partition(entry);
      if (assigned.contains(partition)
          && !unverified.contains(partition)
          && !revokedInBatch.contains(partition)) {
        after.put(partition, reader.offset(entry) + 1);
      }
    }
    return new ConsumerPosition(topicId, after);
  }

  /** Begins a batch; its records were polled after every earlier change of the assignment. */
  void batchBegins() {
    revokedInBatch.clear();
  }

  /**
   * Records that all of a batch up to an offset is handled. Ignored if the partition was revoked
   * during the batch, even if it was assigned again: it is then read from another offset.
   */
  void handled(Partition partition, long offset) {
    if (assigned.contains(partition) && !revokedInBatch.contains(partition)) {
      uncommitted.put(partition, offset + 1);
    }
  }

  /** Takes the offsets to commit now. They count as committed unless they are put back. */
  ConsumerPosition take() {
    ConsumerPosition taken = uncommitted();
    uncommitted.keySet().removeAll(taken.nextOffsets().keySet());
    return taken;
  }

  /** Puts back offsets that could not be committed, as far as they are still valid. */
  void putBack(ConsumerPosition taken) {
    if (!taken.topicId().equals(topicId)) {
      return;
    }
    taken
        .nextOffsets()
        .forEach(
            (partition, offset) -> {
              if (assigned.contains(partition)) {
                uncommitted.putIfAbsent(partition, offset);
              }
            });
  }
}
