package dev.converge.lab.simulation;

import dev.converge.lab.simulation.ConsumerGroup.Batch;
import dev.converge.lab.simulation.Database.DeadLetter;
import dev.converge.lab.simulation.Topic.Entry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One instance's consumer, turn by turn as the outbox library's MessageConsumer: poll, transaction,
 * offsets; message by message where a batch has one at fault; dead letters.
 */
final class Consumer implements Instance.Part {
  private static final int ATTEMPTS = 3;
  private static final long LONGEST_BACKOFF_MILLIS = 5_000;

  /** What follows when a message is at fault. */
  private interface AtFault {
    void because(RuntimeException cause);
  }

  private final World world;
  private final Instance instance;
  private final ConsumerGroup group;
  private final Database database;
  private final Handler handler;
  private final int maxBatch;
  private boolean busy;

  Consumer(World world, Instance instance, ConsumerGroup group, Handler handler, int maxBatch) {
    this.world = world;
    this.instance = instance;
    this.group = group;
    this.database = group.database();
    this.handler = handler;
    this.maxBatch = maxBatch;
  }

  boolean isUp() {
    return instance.isUp();
  }

  void wake() {
    if (instance.isUp() && !busy) {
      busy = true;
      instance.next(this::poll);
    }
  }

  private void poll() {
    Batch batch = group.poll(this, maxBatch);
    if (batch.entries().isEmpty()) {
      group.commit(this);
      busy = false;
      return;
    }
    if (world.is(Broken.OFFSET_BEFORE_TRANSACTION)) {
      group.handled(batch);
      group.commit(this);
    }
    if (instance.crashes(CoveragePoint.CRASH_BEFORE_TRANSACTION)) {
      return;
    }
    if (world.faults().strikes(Fault.REBALANCE)) {
      world.count(CoveragePoint.REBALANCE);
      group.rebalance();
    }
    instance.next(
        () ->
            attempt(
                batch,
                batch.entries(),
                () -> handled(batch),
                cause -> isolate(batch, new ArrayList<>(batch.entries()))));
  }

  private void handled(Batch batch) {
    group.handled(batch);
    // The offsets follow at a distance.
    if (world.random().nextInt(3) == 0) {
      group.commit(this);
    }
    instance.next(this::poll);
  }

  private void isolate(Batch batch, List<Entry> rest) {
    if (rest.isEmpty()) {
      handled(batch);
    } else {
      Entry first = rest.remove(0);
      alone(batch, first, 1, () -> isolate(batch, rest));
    }
  }

  private void alone(Batch batch, Entry entry, int attempt, Runnable done) {
    attempt(
        batch,
        List.of(entry),
        done,
        cause -> {
          if (attempt < ATTEMPTS && !(entry.message().payload() instanceof Message.Unreadable)) {
            instance.next(() -> alone(batch, entry, attempt + 1, done));
          } else {
            park(batch, entry, cause, done);
          }
        });
  }

  private void attempt(Batch batch, List<Entry> entries, Runnable done, AtFault atFault) {
    Map<Long, Message> messages = new LinkedHashMap<>();
    entries.forEach(entry -> messages.put(entry.message().id(), entry.message()));
    Transaction tx = database.begin(instance);
    List<Row> rows = new ArrayList<>(handler.rows(List.copyOf(messages.values())));
    messages.keySet().forEach(id -> rows.add(inboxRow(id)));
    if (!tx.lock(rows)) {
      database.whenFree(instance.alive(() -> attempt(batch, entries, done, atFault)));
      return;
    }
    List<Message> fresh = messages.values().stream().filter(this::isFresh).toList();
    Runnable committed = () -> {};
    try {
      fresh.forEach(world::requireReadable);
      if (!fresh.isEmpty()) {
        committed = handler.handle(tx, fresh);
      }
    } catch (IllegalStateException e) {
      tx.rollback();
      atFault.because(e);
      return;
    }
    fresh.forEach(message -> mark(tx, message));
    Runnable follows = committed;
    instance.next(() -> commit(tx, batch, follows, done, atFault));
  }

  private boolean isFresh(Message message) {
    if (!database.hasSeen(message.id())) {
      return true;
    }
    world.count(CoveragePoint.REDELIVERY_DEDUPLICATED);
    return world.is(Broken.NO_INBOX);
  }

  private void mark(Transaction tx, Message message) {
    tx.hasEffectOf(message.id());
    if (world.is(Broken.INBOX_IN_OTHER_TRANSACTION)) {
      database.seen(message.id());
    } else {
      tx.markSeen(message.id());
    }
  }

  private void commit(
      Transaction tx, Batch batch, Runnable committed, Runnable done, AtFault atFault) {
    if (instance.crashes(CoveragePoint.CRASH_IN_TRANSACTION)) {
      return;
    }
    if (world.faults().strikes(Fault.LOST_CONNECTION)) {
      world.count(CoveragePoint.CONNECTION_LOST);
      tx.rollback();
      databaseAway(batch);
      return;
    }
    try {
      tx.commit();
    } catch (ConstraintViolation e) {
      atFault.because(e);
      return;
    }
    if (instance.crashes(CoveragePoint.CRASH_AFTER_COMMIT)) {
      return;
    }
    if (world.faults().strikes(Fault.LOST_COMMIT_ANSWER)) {
      world.count(CoveragePoint.COMMIT_ANSWER_LOST);
      databaseAway(batch);
      return;
    }
    // What follows the commit may crash the process: then nothing comes after.
    Runnable goesOn = instance.alive(done);
    committed.run();
    goesOn.run();
  }

  private void databaseAway(Batch batch) {
    group.rewind(batch);
    instance.after(1 + world.random().nextLong(LONGEST_BACKOFF_MILLIS), this::poll);
  }

  private void park(Batch batch, Entry entry, RuntimeException cause, Runnable done) {
    Message message = entry.message();
    Transaction tx = database.begin(instance);
    if (!tx.lock(List.of(inboxRow(message.id())))) {
      database.whenFree(instance.alive(() -> park(batch, entry, cause, done)));
      return;
    }
    if (!database.hasSeen(message.id())) {
      tx.markSeen(message.id());
      DeadLetter letter = new DeadLetter(entry, String.valueOf(cause.getMessage()), false);
      tx.write(() -> database.deadLetters().put(message.id(), letter));
      world.trace().add(instance.name(), message.order(), "parks " + message.name());
      world.count(
          message.payload() instanceof Message.Unreadable
              ? CoveragePoint.POISON_PARKED
              : CoveragePoint.MESSAGE_PARKED);
    }
    tx.commit();
    done.run();
  }

  /** An operator has a dead letter handled once more. */
  void replay(DeadLetter letter) {
    Message message = letter.entry().message();
    Transaction tx = database.begin(instance);
    List<Row> rows = new ArrayList<>(handler.rows(List.of(message)));
    rows.add(new Row("dead_letter", message.id()));
    if (!tx.lock(rows)) {
      return;
    }
    try {
      Runnable committed = handler.handle(tx, List.of(message));
      tx.hasEffectOf(message.id());
      DeadLetter replayed = new DeadLetter(letter.entry(), letter.reason(), true);
      tx.write(() -> database.deadLetters().put(message.id(), replayed));
      world.trace().add(instance.name(), message.order(), "replays " + message.name());
      tx.commit();
      world.count(CoveragePoint.DEAD_LETTER_REPLAYED);
      committed.run();
    } catch (ConstraintViolation | IllegalStateException e) {
      throw new Violation("I22", message.order(), "a dead letter cannot be replayed: " + e);
    }
  }

  private static Row inboxRow(long message) {
    return new Row("inbox", message);
  }

  @Override
  public void started() {
    busy = false;
    group.rebalance();
  }

  @Override
  public void crashed() {
    busy = false;
    group.left(this);
  }
}
