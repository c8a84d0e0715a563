package dev.converge.outbox;

import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.OffsetAndMetadata;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Tracks how far a consumer has handled its partitions, and which offsets it has to commit.
 *
 * <p>An offset is valid in one topic only. If a topic is deleted and recreated under its name, an
 * offset of the old topic would skip records of the new one. Each offset is therefore committed
 * with the topic's id as its metadata. Nothing is committed for a partition before it is known in
 * which topic it was started, and nothing is kept for a revoked partition.
 */
final class HandledOffsets {
  private final Set<TopicPartition> assigned = new HashSet<>();
  private final Set<TopicPartition> unverified = new HashSet<>();
  private final Set<TopicPartition> checking = new HashSet<>();
  private final Set<TopicPartition> revokedInBatch = new HashSet<>();
  private final Map<TopicPartition, Long> uncommitted = new HashMap<>();
  private String topicId = "";

  /** Adds partitions that are read from the group's committed offsets. */
  void assigned(Set<TopicPartition> partitions) {
    assigned.addAll(partitions);
    unverified.addAll(partitions);
  }

  /** Drops partitions that moved to another consumer or were deleted. */
  void revoked(Set<TopicPartition> partitions) {
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
  Verification verify(TopicState topic, Map<TopicPartition, Long> handledTo) {
    Set<TopicPartition> recreated = recreated(topic);
    Map<TopicPartition, Long> behind = behind(topic.committed(), handledTo);
    behind.keySet().removeAll(recreated);
    topicId = topic.id();
    unverified.removeAll(checking);
    checking.clear();
    uncommitted.keySet().removeAll(recreated);
    uncommitted.keySet().removeAll(behind.keySet());
    return Verification.of(recreated, behind, topic.committed());
  }

  private Set<TopicPartition> recreated(TopicState topic) {
    Set<TopicPartition> recreated = new HashSet<>();
    for (TopicPartition partition : assigned) {
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
  private Map<TopicPartition, Long> behind(
      Map<TopicPartition, Long> committed, Map<TopicPartition, Long> handledTo) {
    Map<TopicPartition, Long> behind = new HashMap<>();
    for (TopicPartition partition : checking) {
      Long to = handledTo.get(partition);
      Long begun = committed.get(partition);
      if (to != null && unverified.contains(partition) && (begun == null || begun > to)) {
        behind.put(partition, to);
      }
    }
    return behind;
  }

  /** Marks partitions as unverified: it is unknown from where they are read. */
  void unverify(Set<TopicPartition> partitions) {
    partitions.stream().filter(assigned::contains).forEach(unverified::add);
  }

  /** How far verified partitions are handled beyond the committed offsets. */
  ConsumerPosition uncommitted() {
    Map<TopicPartition, Long> handled = new HashMap<>(uncommitted);
    handled.keySet().removeAll(unverified);
    return new ConsumerPosition(topicId, handled);
  }

  /**
   * The position after a batch, for verified partitions. A batch holds a partition's records in
   * their order.
   */
  ConsumerPosition after(List<ConsumerRecord<byte[], byte[]>> batch) {
    Map<TopicPartition, Long> after = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> entry : batch) {
      TopicPartition partition = Records.partition(entry);
      if (assigned.contains(partition)
          && !unverified.contains(partition)
          && !revokedInBatch.contains(partition)) {
        after.put(partition, entry.offset() + 1);
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
  void handled(TopicPartition partition, long offset) {
    if (assigned.contains(partition) && !revokedInBatch.contains(partition)) {
      uncommitted.put(partition, offset + 1);
    }
  }

  /** Takes the offsets to commit now. They count as committed unless they are put back. */
  Map<TopicPartition, OffsetAndMetadata> take() {
    Map<TopicPartition, OffsetAndMetadata> taken = new HashMap<>();
    uncommitted.forEach(
        (partition, offset) -> {
          if (!unverified.contains(partition)) {
            taken.put(partition, new OffsetAndMetadata(offset, topicId));
          }
        });
    uncommitted.keySet().removeAll(taken.keySet());
    return taken;
  }

  /** Puts back offsets that could not be committed, as far as they are still valid. */
  void putBack(Map<TopicPartition, OffsetAndMetadata> taken) {
    taken.forEach(
        (partition, offset) -> {
          if (assigned.contains(partition) && offset.getMetadata().equals(topicId)) {
            uncommitted.putIfAbsent(partition, offset.getOffset());
          }
        });
  }
}
