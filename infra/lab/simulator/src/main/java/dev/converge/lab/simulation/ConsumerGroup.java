package dev.converge.lab.simulation;

import dev.converge.lab.simulation.Topic.Entry;
import dev.converge.outbox.delivery.DeliverySettings;
import dev.converge.outbox.delivery.Partition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which of a service's instances reads which partition, and the offsets that they committed. */
final class ConsumerGroup {
  private static final int LONGEST_SESSION_MILLIS = 6_000;

  private final World world;
  private final Topic topic;
  private final Database database;
  private final DeliverySettings settings;
  private final List<Consumer> members = new ArrayList<>();
  private final @Nullable Consumer[] owners = new Consumer[Topic.PARTITIONS];
  private final int[] committed = new int[Topic.PARTITIONS];
  private final int[] polled = new int[Topic.PARTITIONS];
  private int generation;
  private long furthest;

  ConsumerGroup(World world, Topic topic, Database database, DeliverySettings settings) {
    this.world = world;
    this.topic = topic;
    this.database = database;
    this.settings = settings;
    topic.feeds(this);
  }

  Topic topic() {
    return topic;
  }

  Database database() {
    return database;
  }

  /** The number of the current assignment. */
  int generation() {
    return generation;
  }

  int committed(int partition) {
    return committed[partition];
  }

  /**
   * Whether all records of a partition are done with: the offset after the last is committed, or
   * the owner has sought it because of the position in the database.
   */
  boolean isDone(int partition) {
    int end = topic.partition(partition).size();
    Consumer owner = owners[partition];
    return committed[partition] == end
        || (position(topic.named(partition)) == end
            && owner != null
            && owner.hasSought(partition, end));
  }

  private int position(Partition partition) {
    return database.positions().getOrDefault(partition, 0L).intValue();
  }

  boolean owns(Consumer member, int partition) {
    return member.equals(owners[partition]);
  }

  /** Adds a member, which handles what it reads in its instance's name. */
  void join(Instance instance, Handler handler) {
    Consumer member = new Consumer(world, instance, this, handler, settings);
    instance.add(member);
    members.add(member);
  }

  List<Consumer> members() {
    return members;
  }

  /** Removes a member; the others take over once its session has expired. */
  void left(Consumer member) {
    for (int p = 0; p < owners.length; p++) {
      if (owns(member, p)) {
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
    }
    live.forEach(Consumer::wake);
  }

  /** A record was published. */
  void arrived(int partition) {
    Consumer owner = owners[partition];
    if (owner != null) {
      owner.wake();
    }
  }

  /** Reads a batch at most from partitions, and moves a client's positions in them. */
  List<Entry> read(Map<Integer, Integer> positions) {
    List<Entry> entries = new ArrayList<>();
    int first = world.random().nextInt(Topic.PARTITIONS);
    for (int i = 0; i < Topic.PARTITIONS; i++) {
      int p = (first + i) % Topic.PARTITIONS;
      Integer from = positions.get(p);
      if (from != null) {
        List<Entry> log = topic.partition(p);
        int to = Math.min(log.size(), from + settings.maxBatch() - entries.size());
        entries.addAll(log.subList(from, to));
        positions.put(p, to);
      }
    }
    entries.forEach(this::noteOrder);
    return entries;
  }

  /** Whether there are entries behind a client's positions. */
  boolean hasMore(Map<Integer, Integer> positions) {
    return positions.entrySet().stream()
        .anyMatch(position -> position.getValue() < topic.partition(position.getKey()).size());
  }

  private void noteOrder(Entry entry) {
    boolean first = entry.offset() >= polled[entry.partition()];
    if (first && entry.number() < furthest) {
      world.count(CoveragePoint.REORDERED_ACROSS_PARTITIONS);
    }
    polled[entry.partition()] = Math.max(polled[entry.partition()], entry.offset() + 1);
    furthest = Math.max(furthest, entry.number());
  }

  /** Commits an offset. */
  void commit(int partition, int offset) {
    if (offset > committed[partition]) {
      MessageInvariants.offsetCovers(
          database, topic.partition(partition).subList(committed[partition], offset));
    }
    committed[partition] = offset;
  }

  /** Moves the consumer's position in the service's database forward. */
  void movePosition(Partition partition, long offset) {
    int before = position(partition);
    if (offset > before) {
      MessageInvariants.positionCovers(
          database, topic.partition(partition.number()).subList(before, (int) offset));
      database.positions().put(partition, offset);
    }
  }

  @Override
  public String toString() {
    return topic.name() + " " + Arrays.toString(committed) + ", positions " + database.positions();
  }
}
