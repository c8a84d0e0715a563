package dev.converge.lab.simulation;

import dev.converge.lab.simulation.Database.DeadLetter;
import dev.converge.lab.simulation.Topic.Entry;
import dev.converge.outbox.delivery.BlockedException;
import dev.converge.outbox.delivery.Delivery;
import dev.converge.outbox.delivery.Delivery.Next;
import dev.converge.outbox.delivery.DeliverySettings;
import dev.converge.outbox.delivery.Partition;
import java.util.Set;

/**
 * One instance's consumer: runs the turns of the library's {@link Delivery}. A crash loses all its
 * state.
 */
final class Consumer implements Instance.Part, GroupMember.Assignment {
  private final World world;
  private final Instance instance;
  private final ConsumerGroup group;
  private final DeliverySettings settings;
  private final ConsumerTransactions transactions;
  private GroupMember member;
  private Delivery<Entry> delivery;
  private boolean busy;

  Consumer(
      World world,
      Instance instance,
      ConsumerGroup group,
      Handler handler,
      DeliverySettings settings) {
    this.world = world;
    this.instance = instance;
    this.group = group;
    this.settings = settings;
    this.transactions = new ConsumerTransactions(world, instance, group, handler);
    this.member = new GroupMember(world, instance, group, this);
    this.delivery = newDelivery();
  }

  private Delivery<Entry> newDelivery() {
    return new Delivery<>(
        new Entries(),
        new InstanceTiming(world.schedule(), instance),
        settings,
        transactions,
        new TopicPositions(world, instance, group, transactions));
  }

  boolean isUp() {
    return instance.isUp();
  }

  /** Whether the last seek in a partition was to this offset. */
  boolean hasSought(int partition, int offset) {
    return member.hasSought(partition, offset);
  }

  @Override
  public boolean owns(int partition) {
    return group.owns(this, partition);
  }

  @Override
  public void assigned(Set<Partition> partitions) {
    delivery.assigned(partitions);
  }

  @Override
  public void revoked(Set<Partition> partitions) {
    delivery.revoked(partitions);
  }

  /** Starts a turn, unless one runs or follows already. */
  void wake() {
    if (instance.isUp() && !busy) {
      busy = true;
      instance.next(this::turn);
    }
  }

  private void turn() {
    delivery.turn(member).onSuccess(done -> succeeded()).onFailure(this::failed);
  }

  // Polls that would find nothing are left out.
  private void succeeded() {
    Next next = delivery.succeeded();
    if (next.lingerMillis() > 0) {
      instance.after(next.lingerMillis(), this::turn);
    } else if (member.hasMore()) {
      instance.next(this::turn);
    } else {
      busy = false;
      if (!delivery.isSettled()) {
        instance.after(settings.pollTimeout().toMillis(), this::wake);
      }
    }
  }

  private void failed(Throwable cause) {
    if (cause instanceof BlockedException) {
      world.count(CoveragePoint.MESSAGES_BLOCKED);
    } else if (!(cause instanceof DatabaseUnavailable)) {
      // The chain of futures has caught it.
      world.foundBug(cause);
    }
    instance.after(delivery.failed(cause).backoffMillis(), this::turn);
  }

  /** Handles a dead letter once more, for an operator. */
  void replay(DeadLetter letter) {
    transactions.replay(letter);
  }

  @Override
  public void started() {
    member = new GroupMember(world, instance, group, this);
    delivery = newDelivery();
    busy = false;
    group.rebalance();
  }

  @Override
  public void crashed() {
    busy = false;
    group.left(this);
  }
}
