package dev.converge.lab.simulation;

import dev.converge.outbox.delivery.ConsumedTopic;
import dev.converge.outbox.delivery.ConsumerPosition;
import dev.converge.outbox.delivery.Partition;
import dev.converge.outbox.delivery.TopicState;
import dev.converge.outbox.delivery.Verification.Passed;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A consumer's topic, which is never recreated, and its positions in the service's database. */
final class TopicPositions implements ConsumedTopic {
  private static final String TOPIC_ID = "topic-1";

  private final World world;
  private final Instance instance;
  private final ConsumerGroup group;
  private final ConsumerTransactions transactions;

  TopicPositions(
      World world, Instance instance, ConsumerGroup group, ConsumerTransactions transactions) {
    this.world = world;
    this.instance = instance;
    this.group = group;
    this.transactions = transactions;
  }

  @Override
  public Future<TopicState> read() {
    Promise<TopicState> read = Promise.promise();
    instance.next(() -> read.complete(state()));
    return read.future();
  }

  private TopicState state() {
    Map<Partition, String> committedIn = new HashMap<>();
    Map<Partition, Long> committed = new HashMap<>();
    for (int p = 0; p < Topic.PARTITIONS; p++) {
      if (group.committed(p) > 0) {
        committedIn.put(group.topic().named(p), TOPIC_ID);
        committed.put(group.topic().named(p), (long) group.committed(p));
      }
    }
    return new TopicState(TOPIC_ID, committedIn, committed);
  }

  @Override
  public Future<Map<Partition, Long>> positions(String topicId) {
    Promise<Map<Partition, Long>> read = Promise.promise();
    instance.next(
        () -> {
          if (world.faults().strikes(Fault.LOST_CONNECTION)) {
            world.count(CoveragePoint.CONNECTION_LOST);
            read.fail(new DatabaseUnavailable("the positions were not read"));
          } else {
            read.complete(Map.copyOf(group.database().positions()));
          }
        });
    return read.future();
  }

  @Override
  public Future<Void> move(ConsumerPosition to) {
    return to.nextOffsets().isEmpty() ? Future.succeededFuture() : transactions.move(to);
  }

  @Override
  public void notRead(Throwable cause) {
    world.foundBug(cause);
  }

  @Override
  public void recreated() {
    world.foundBug(new IllegalStateException("no topic is recreated"));
  }

  @Override
  public void passed(List<Passed> passed) {
    if (!passed.isEmpty()) {
      world.count(CoveragePoint.OFFSETS_BEYOND_THE_POSITION);
      world.trace().add(instance.name(), null, "reads again " + passed);
    }
  }
}
