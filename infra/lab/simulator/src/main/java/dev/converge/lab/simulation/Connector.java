package dev.converge.lab.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Debezium: reads an outbox in the order of commits and publishes it. After a crash it publishes
 * again from the position that it last saved.
 */
final class Connector implements Instance.Part {
  private static final int LARGEST_BATCH = 8;

  private final World world;
  private final Instance instance;
  private final Database database;
  private int position;
  private int flushed;
  private long highest;
  private boolean busy;

  Connector(World world, Database database) {
    this.world = world;
    this.database = database;
    this.instance = new Instance(world, database.name() + "-connector");
    instance.add(this);
    database.onOutbox(this::wake);
  }

  private void wake() {
    if (instance.isUp() && !busy) {
      busy = true;
      instance.next(this::publish);
    }
  }

  private void publish() {
    if (position == database.outbox().size()) {
      flushed = position;
      busy = false;
      return;
    }
    List<Message> batch = read();
    for (Message message : batch) {
      if (instance.crashes(CoveragePoint.CRASH_OF_CONNECTOR)) {
        return;
      }
      publish(message);
    }
    if (world.random().nextInt(4) == 0) {
      flushed = position;
    }
    instance.next(this::publish);
  }

  private List<Message> read() {
    List<Message> outbox = database.outbox();
    int to = Math.min(outbox.size(), position + 1 + world.random().nextInt(LARGEST_BATCH));
    List<Message> batch = new ArrayList<>(outbox.subList(position, to));
    position = to;
    if (world.is(Broken.OUTBOX_POLLED_BY_NUMBER)) {
      batch.sort(Comparator.comparingLong(Message::id));
      batch.removeIf(message -> message.id() <= highest);
      highest = batch.isEmpty() ? highest : batch.get(batch.size() - 1).id();
    }
    return batch;
  }

  private void publish(Message message) {
    int partition =
        world.is(Broken.RANDOM_PARTITION)
            ? world.random().nextInt(Topic.PARTITIONS)
            : Topic.partitionOf(message);
    Topic topic = world.topic(message.topic());
    world.trace().add(instance.name(), message.order(), "publishes " + message.name());
    topic.append(partition, message);
    if (world.faults().strikes(Fault.DUPLICATE)) {
      world.count(CoveragePoint.RECORD_DUPLICATED);
      topic.append(partition, message);
    }
  }

  @Override
  public void started() {
    wake();
  }

  @Override
  public void crashed() {
    busy = false;
    if (position > flushed) {
      world.count(CoveragePoint.RECORDS_PUBLISHED_AGAIN);
      position = flushed;
      highest = 0;
    }
  }
}
