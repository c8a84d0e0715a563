package dev.converge.lab.simulation;

import dev.converge.lab.simulation.Topic.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who of a service's instances reads which partition, and how far it has come. */
final class ConsumerGroup {
  private static final int LONGEST_SESSION_MILLIS = 6_000;

  /**
   * What a poll brought.
   *
   * @param generation the deal of partitions it was polled under
   */
  record Batch(int generation, List<Entry> entries) {}

  private final World world;
  private final Topic topic;
  private final Database database;
  private final List<Consumer> members = new ArrayList<>();
  private final @Nullable Consumer[] owners = new Consumer[Topic.PARTITIONS];
  private final int[] positions = new int[Topic.PARTITIONS];
  private final int[] handled = new int[Topic.PARTITIONS];
  private final int[] committed = new int[Topic.PARTITIONS];
  private final int[] polled = new int[Topic.PARTITIONS];
  private int generation;
  private long furthest;

  ConsumerGroup(World world, Topic topic, Database database) {
    this.world = world;
    this.topic = topic;
    this.database = database;
    topic.feeds(this);
  }

  Topic topic() {
    return topic;
  }

  Database database() {
    return database;
  }

  int committed(int partition) {
    return committed[partition];
  }

  /** Adds a member, which handles what it reads in its instance's name. */
  void join(Instance instance, Handler handler, int maxBatch) {
    Consumer member = new Consumer(world, instance, this, handler, maxBatch);
    instance.add(member);
    members.add(member);
  }

  List<Consumer> members() {
    return members;
  }

  /** A member is gone; the others hear of it when its session has ended. */
  void left(Consumer member) {
    for (int p = 0; p < owners.length; p++) {
      if (member.equals(owners[p])) {
        owners[p] = null;
      }
    }
    long millis = 1 + world.random().nextLong(LONGEST_SESSION_MILLIS);
    world.schedule().after(millis, this::rebalance);
  }

  /** Assigns the partitions again. Records that were handled but not committed are read again. */
  void rebalance() {
    List<Consumer> live = members.stream().filter(Consumer::isUp).toList();
    if (live.isEmpty()) {
      return;
    }
    generation++;
    for (int p = 0; p < owners.length; p++) {
      owners[p] = live.get(world.random().nextInt(live.size()));
      positions[p] = committed[p];
      handled[p] = committed[p];
    }
    live.forEach(Consumer::wake);
  }

  /** A record has come. */
  void arrived(int partition) {
    Consumer owner = owners[partition];
    if (owner != null) {
      owner.wake();
    }
  }

  /** Records of the member's partitions, up to a number. */
  Batch poll(Consumer member, int most) {
    List<Entry> entries = new ArrayList<>();
    int first = world.random().nextInt(owners.length);
    for (int i = 0; i < owners.length; i++) {
      int p = (first + i) % owners.length;
      if (!member.equals(owners[p])) {
        continue;
      }
      List<Entry> log = topic.partition(p);
      int to = Math.min(log.size(), positions[p] + most - entries.size());
      entries.addAll(log.subList(positions[p], to));
      positions[p] = to;
    }
    entries.forEach(this::noteOrder);
    return new Batch(generation, entries);
  }

  private void noteOrder(Entry entry) {
    boolean first = entry.offset() >= polled[entry.partition()];
    if (first && entry.number() < furthest) {
      world.count(CoveragePoint.REORDERED_ACROSS_PARTITIONS);
    }
    polled[entry.partition()] = Math.max(polled[entry.partition()], entry.offset() + 1);
    furthest = Math.max(furthest, entry.number());
  }

  /** Moves back to a batch's first records, where the partitions are still the reader's. */
  void rewind(Batch batch) {
    if (batch.generation() == generation) {
      for (Entry entry : batch.entries()) {
        int p = entry.partition();
        positions[p] = Math.min(positions[p], entry.offset());
      }
    }
  }

  /** A batch is done with; its offsets may be committed from now on. */
  void handled(Batch batch) {
    if (batch.generation() != generation) {
      world.count(CoveragePoint.OFFSETS_OF_A_ZOMBIE_REFUSED);
      return;
    }
    for (Entry entry : batch.entries()) {
      int p = entry.partition();
      handled[p] = Math.max(handled[p], entry.offset() + 1);
    }
  }

  /** Commits the offsets of what its member has handled. */
  void commit(Consumer member) {
    for (int p = 0; p < owners.length; p++) {
      if (member.equals(owners[p]) && handled[p] > committed[p]) {
        Invariants.offsetCovers(database, topic.partition(p).subList(committed[p], handled[p]));
        committed[p] = handled[p];
      }
    }
  }

  @Override
  public String toString() {
    return topic.name() + " " + Arrays.toString(committed);
  }
}
