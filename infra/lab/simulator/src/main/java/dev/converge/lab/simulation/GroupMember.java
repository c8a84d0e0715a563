package dev.converge.lab.simulation;

import dev.converge.lab.simulation.Topic.Entry;
import dev.converge.outbox.delivery.ConsumerPosition;
import dev.converge.outbox.delivery.Partition;
import dev.converge.outbox.delivery.Subscription;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A consumer's client of Kafka. A poll receives a new assignment; until then the client reads on
 * from its old partitions, and its commits are refused.
 */
final class GroupMember implements Subscription<Entry> {
  /** The changes of a client's assignment that a poll reports. */
  interface Assignment {
    boolean owns(int partition);

    void revoked(Set<Partition> partitions);

    void assigned(Set<Partition> partitions);
  }

  private static final int NEVER_JOINED = -1;

  private final World world;
  private final Instance instance;
  private final ConsumerGroup group;
  private final Assignment assignment;
  private final Map<Integer, Integer> positions = new TreeMap<>();
  private final Map<Integer, Integer> sought = new TreeMap<>();
  private int generation = NEVER_JOINED;

  GroupMember(World world, Instance instance, ConsumerGroup group, Assignment assignment) {
    this.world = world;
    this.instance = instance;
    this.group = group;
    this.assignment = assignment;
  }

  /** Whether another poll now would receive an assignment or return entries. */
  boolean hasMore() {
    return generation != group.generation() || group.hasMore(positions);
  }

  /** Whether the last seek in a partition of the current assignment was to this offset. */
  boolean hasSought(int partition, int offset) {
    return Integer.valueOf(offset).equals(sought.get(partition));
  }

  @Override
  public Future<List<Entry>> poll(Duration timeout) {
    if (generation != group.generation()) {
      rejoin();
    }
    return Future.succeededFuture(group.read(positions));
  }

  private void rejoin() {
    assignment.revoked(named(positions.keySet()));
    positions.clear();
    sought.clear();
    for (int p = 0; p < Topic.PARTITIONS; p++) {
      if (assignment.owns(p)) {
        positions.put(p, group.committed(p));
      }
    }
    generation = group.generation();
    assignment.assigned(named(positions.keySet()));
  }

  private Set<Partition> named(Set<Integer> partitions) {
    Set<Partition> named = new LinkedHashSet<>();
    partitions.forEach(p -> named.add(group.topic().named(p)));
    return named;
  }

  @Override
  public Future<Void> commit(ConsumerPosition handled) {
    Promise<Void> committed = Promise.promise();
    int begun = generation;
    Map<Integer, Long> offsets = new TreeMap<>();
    handled.nextOffsets().forEach((partition, offset) -> offsets.put(partition.number(), offset));
    instance.next(
        () -> {
          if (begun == group.generation()) {
            offsets.forEach((p, offset) -> group.commit(p, offset.intValue()));
            committed.complete();
          } else {
            world.count(CoveragePoint.OFFSETS_OF_A_ZOMBIE_REFUSED);
            committed.fail(new IllegalStateException("the group has rebalanced"));
          }
        });
    return committed.future();
  }

  @Override
  public Future<Void> seek(Partition partition, long offset) {
    if (!positions.containsKey(partition.number())) {
      return notAssigned(partition);
    }
    positions.put(partition.number(), (int) offset);
    sought.put(partition.number(), (int) offset);
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> seekToBeginning(Set<Partition> partitions) {
    List<Future<Void>> seeks = new ArrayList<>();
    partitions.forEach(partition -> seeks.add(seek(partition, 0)));
    return Future.join(seeks).mapEmpty();
  }

  @Override
  public Future<Long> position(Partition partition) {
    Integer position = positions.get(partition.number());
    return position == null ? notAssigned(partition) : Future.succeededFuture(position.longValue());
  }

  private static <T> Future<T> notAssigned(Partition partition) {
    return Future.failedFuture(new IllegalStateException(partition + " is not assigned"));
  }
}
