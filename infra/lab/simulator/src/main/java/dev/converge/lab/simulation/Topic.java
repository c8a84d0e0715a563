package dev.converge.lab.simulation;

import dev.converge.outbox.delivery.Partition;
import java.util.ArrayList;
import java.util.List;

/** A topic: append-only logs. */
final class Topic {
  static final int PARTITIONS = 3;

  /**
   * A record of a topic.
   *
   * @param number its place among all records of the topic, in the order of publication
   */
  record Entry(Topic topic, int partition, int offset, long number, Message message) {}

  private final String name;
  private final List<List<Entry>> partitions = new ArrayList<>();
  private final List<ConsumerGroup> groups = new ArrayList<>();
  private long published;

  Topic(String name) {
    this.name = name;
    for (int i = 0; i < PARTITIONS; i++) {
      partitions.add(new ArrayList<>());
    }
  }

  String name() {
    return name;
  }

  Partition named(int partition) {
    return new Partition(name, partition);
  }

  void feeds(ConsumerGroup group) {
    groups.add(group);
  }

  List<Entry> partition(int partition) {
    return partitions.get(partition);
  }

  /** The partition of a message's key. */
  static int partitionOf(Message message) {
    return Math.floorMod(message.order().hashCode(), PARTITIONS);
  }

  void append(int partition, Message message) {
    List<Entry> log = partitions.get(partition);
    published++;
    log.add(new Entry(this, partition, log.size(), published, message));
    groups.forEach(group -> group.arrived(partition));
  }
}
