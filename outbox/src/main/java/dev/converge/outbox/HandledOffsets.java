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
 * How far a consumer has handled its partitions, and what of it is to be committed.
 *
 * <p>An offset means something in one topic only: where a topic is deleted and made again under its
 * name, that of the old one would skip records of the new one. So each is committed with its
 * topic's id as its metadata, nothing is committed of a partition before it is known of which topic
 * it was begun, and nothing is kept of one that was given back.
 */
final class HandledOffsets {
  private final Set<TopicPartition> assigned = new HashSet<>();
  private final Set<TopicPartition> unverified = new HashSet<>();
  private final Set<TopicPartition> asked = new HashSet<>();
  private final Set<TopicPartition> givenBack = new HashSet<>();
  private final Map<TopicPartition, Long> uncommitted = new HashMap<>();
  private String topicId = "";

  /** Partitions that are read from now on, from where somebody has committed. */
  void assigned(Set<TopicPartition> partitions) {
    assigned.addAll(partitions);
    unverified.addAll(partitions);
  }

  /** Partitions that are another's, or of no topic any more. */
  void revoked(Set<TopicPartition> partitions) {
    assigned.removeAll(partitions);
    unverified.removeAll(partitions);
    asked.removeAll(partitions);
    uncommitted.keySet().removeAll(partitions);
    givenBack.addAll(partitions);
  }

  /** Everything is another's. */
  void clear() {
    revoked(Set.copyOf(assigned));
    topicId = "";
  }

  /** Whether any partition is read. */
  boolean isAssigned() {
    return !assigned.isEmpty();
  }

  /** Whether it is not known of some partitions in which topic their offsets were committed. */
  boolean isUnverified() {
    return !unverified.isEmpty();
  }

  /** Asked from now on is for those that are unverified now; who comes later is asked for again. */
  void ask() {
    asked.clear();
    asked.addAll(unverified);
  }

  /**
   * Compares where the partitions were begun with the topic as it is now.
   *
   * @param id of the topic that has the name now
   * @param committed the metadata of what was committed; none where nothing was committed, empty
   *     where it was committed without an id
   * @return those that must be read from their beginning, for what was handled was another topic's;
   *     nothing of theirs is committed
   */
  Set<TopicPartition> verify(String id, Map<TopicPartition, String> committed) {
    Set<TopicPartition> another = new HashSet<>();
    for (TopicPartition partition : assigned) {
      boolean known = !unverified.contains(partition);
      String begunIn = known ? topicId : committed.get(partition);
      if ((known || asked.contains(partition)) && isAnother(begunIn, id)) {
        another.add(partition);
      }
    }
    topicId = id;
    unverified.removeAll(asked);
    asked.clear();
    uncommitted.keySet().removeAll(another);
    return another;
  }

  /**
   * Where those that were asked about must be read from instead: Kafka's offset, from which they
   * were begun, has passed what was handled, or there is none. Asked before they are verified.
   *
   * @param committed the offsets in Kafka
   * @param handledTo the offsets up to which all is known to be handled, in the topic as it is now
   */
  Map<TopicPartition, Long> behind(
      Map<TopicPartition, Long> committed, Map<TopicPartition, Long> handledTo) {
    Map<TopicPartition, Long> behind = new HashMap<>();
    for (TopicPartition partition : asked) {
      Long to = handledTo.get(partition);
      Long begun = committed.get(partition);
      if (to != null && unverified.contains(partition) && (begun == null || begun > to)) {
        behind.put(partition, to);
      }
    }
    return behind;
  }

  /**
   * Partitions that are read from somewhere else now: what was handled of them counts for nothing.
   */
  void sought(Set<TopicPartition> partitions) {
    uncommitted.keySet().removeAll(partitions);
  }

  /** Partitions of which it is not known any more where they are read from. */
  void doubt(Set<TopicPartition> partitions) {
    partitions.stream().filter(assigned::contains).forEach(unverified::add);
  }

  /** The topic that was verified last. */
  String topicId() {
    return topicId;
  }

  /** What was handled of verified partitions and is not committed yet, as next offsets. */
  Map<TopicPartition, Long> uncommitted() {
    Map<TopicPartition, Long> handled = new HashMap<>(uncommitted);
    handled.keySet().removeAll(unverified);
    return handled;
  }

  /**
   * The offsets after those of a batch, of partitions that are verified. A batch holds a
   * partition's records in their order.
   */
  Map<TopicPartition, Long> after(List<ConsumerRecord<byte[], byte[]>> batch) {
    Map<TopicPartition, Long> after = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> entry : batch) {
      TopicPartition partition = new TopicPartition(entry.topic(), entry.partition());
      if (assigned.contains(partition)
          && !unverified.contains(partition)
          && !givenBack.contains(partition)) {
        after.put(partition, entry.offset() + 1);
      }
    }
    return after;
  }

  private static boolean isAnother(@Nullable String begunIn, String id) {
    return begunIn != null && !begunIn.isEmpty() && !begunIn.equals(id);
  }

  /** A batch begins; what it holds so far was polled after every change of the assignment. */
  void batchBegins() {
    givenBack.clear();
  }

  /**
   * All of a batch up to an offset is handled. Where the partition was given back since the batch
   * began this counts for nothing, even if it came again: then it is read from somewhere else.
   */
  void handled(TopicPartition partition, long offset) {
    if (assigned.contains(partition) && !givenBack.contains(partition)) {
      uncommitted.put(partition, offset + 1);
    }
  }

  /** What is to be committed now; it counts as committed unless it is put back. */
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

  /** Puts back what could not be committed, as far as it is still of use. */
  void putBack(Map<TopicPartition, OffsetAndMetadata> taken) {
    taken.forEach(
        (partition, offset) -> {
          if (assigned.contains(partition) && offset.getMetadata().equals(topicId)) {
            uncommitted.putIfAbsent(partition, offset.getOffset());
          }
        });
  }
}
