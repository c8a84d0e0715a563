package dev.converge.lab.simulation;

import dev.converge.lab.simulation.Database.DeadLetter;
import dev.converge.lab.simulation.FaultyTransactions.Outcome;
import dev.converge.lab.simulation.FaultyTransactions.Work;
import dev.converge.lab.simulation.Topic.Entry;
import dev.converge.outbox.UnprocessableMessageException;
import dev.converge.outbox.delivery.ConsumerPosition;
import dev.converge.outbox.delivery.Transactions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The transactions of one consumer: inbox, handler, position and dead letters. Each is an event of
 * its own, so that no chain of futures catches what it throws.
 */
final class ConsumerTransactions implements Transactions<Entry> {
  /** An effect that completes a promise, now or later. */
  private interface Effect {
    void run(Promise<Integer> done);
  }

  private final World world;
  private final Instance instance;
  private final ConsumerGroup group;
  private final Database database;
  private final Handler handler;
  private final FaultyTransactions transactions;

  ConsumerTransactions(World world, Instance instance, ConsumerGroup group, Handler handler) {
    this.world = world;
    this.instance = instance;
    this.group = group;
    this.database = group.database();
    this.handler = handler;
    this.transactions = new FaultyTransactions(world, instance, database);
  }

  private Future<Integer> event(Effect effect) {
    Promise<Integer> done = Promise.promise();
    instance.next(() -> effect.run(done));
    return done.future();
  }

  @Override
  public Future<Integer> handle(List<Entry> batch, ConsumerPosition after) {
    return event(done -> begin(batch, after, done));
  }

  private void begin(List<Entry> batch, ConsumerPosition after, Promise<Integer> done) {
    if (world.is(Broken.OFFSET_BEFORE_TRANSACTION)) {
      batch.forEach(entry -> group.commit(entry.partition(), entry.offset() + 1));
    }
    if (instance.crashes(CoveragePoint.CRASH_BEFORE_TRANSACTION)) {
      return;
    }
    if (world.faults().strikes(Fault.REBALANCE)) {
      world.count(CoveragePoint.REBALANCE);
      group.rebalance();
    }
    instance.next(() -> handle(batch, after, done));
  }

  @Override
  public Future<Integer> handleAlone(Entry entry) {
    return event(done -> handle(List.of(entry), ConsumerPosition.UNCHANGED, done));
  }

  private void handle(List<Entry> entries, ConsumerPosition after, Promise<Integer> done) {
    Map<Long, Message> messages = new LinkedHashMap<>();
    entries.forEach(entry -> messages.put(entry.message().id(), entry.message()));
    List<Message> distinct = List.copyOf(messages.values());
    Work work =
        tx -> {
          List<Message> fresh = distinct.stream().filter(this::isFresh).toList();
          Outcome outcome = handled(tx, fresh);
          movePosition(tx, after);
          return outcome;
        };
    transactions.run(() -> rows(distinct, after), work, done);
  }

  private Outcome handled(Transaction tx, List<Message> fresh) {
    fresh.forEach(world::requireReadable);
    Runnable afterCommit = fresh.isEmpty() ? () -> {} : handler.handle(tx, fresh);
    fresh.forEach(message -> mark(tx, message));
    return new Outcome(fresh.size(), afterCommit);
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

  @Override
  public Future<Void> move(ConsumerPosition after) {
    return event(done -> move(after, done)).mapEmpty();
  }

  private void move(ConsumerPosition after, Promise<Integer> done) {
    Work work =
        tx -> {
          movePosition(tx, after);
          return new Outcome(0, () -> {});
        };
    transactions.run(() -> positionRows(after), work, done);
  }

  private void movePosition(Transaction tx, ConsumerPosition after) {
    after
        .nextOffsets()
        .forEach((partition, offset) -> tx.write(() -> group.movePosition(partition, offset)));
  }

  @Override
  public Future<Void> rehearse(Entry entry) {
    return event(done -> rehearse(entry.message(), done)).mapEmpty();
  }

  private void rehearse(Message message, Promise<Integer> done) {
    Work work =
        tx -> {
          if (!isFresh(message)) {
            throw new IllegalStateException("seen before");
          }
          world.count(CoveragePoint.MESSAGE_REHEARSED);
          world.trace().add(instance.name(), message.order(), "rehearses " + message.name());
          return handled(tx, List.of(message));
        };
    transactions.rehearse(() -> rows(List.of(message), ConsumerPosition.UNCHANGED), work, done);
  }

  @Override
  public Future<dev.converge.outbox.delivery.Fault> fault(Throwable cause) {
    return Future.succeededFuture(
        cause instanceof DatabaseUnavailable
            ? dev.converge.outbox.delivery.Fault.ENVIRONMENT
            : cause instanceof UnprocessableMessageException
                ? dev.converge.outbox.delivery.Fault.MESSAGE
                : dev.converge.outbox.delivery.Fault.UNCERTAIN);
  }

  @Override
  public Future<Void> park(Entry entry, Throwable cause) {
    DeadLetter letter = new DeadLetter(entry, String.valueOf(cause.getMessage()), false);
    return event(done -> park(letter, done)).mapEmpty();
  }

  private void park(DeadLetter letter, Promise<Integer> done) {
    long id = letter.entry().message().id();
    Work work =
        tx -> {
          if (!database.hasSeen(id)) {
            tx.markSeen(id);
            tx.write(() -> parked(letter));
          }
          return new Outcome(0, () -> {});
        };
    transactions.run(() -> List.of(inboxRow(id)), work, done);
  }

  private void parked(DeadLetter letter) {
    Message message = letter.entry().message();
    database.deadLetters().put(message.id(), letter);
    world.trace().add(instance.name(), message.order(), "parks " + message.name());
    world.count(
        message.payload() instanceof Message.Unreadable
            ? CoveragePoint.POISON_PARKED
            : CoveragePoint.MESSAGE_PARKED);
  }

  /** Handles a dead letter once more, for an operator. */
  void replay(DeadLetter letter) {
    Message message = letter.entry().message();
    Transaction tx = database.begin(instance);
    List<Row> rows = new ArrayList<>(handler.rows(List.of(message)));
    rows.add(new Row("dead_letter", message.id()));
    if (!tx.lock(rows)) {
      return;
    }
    try {
      Runnable afterCommit = handler.handle(tx, List.of(message));
      tx.hasEffectOf(message.id());
      DeadLetter replayed = new DeadLetter(letter.entry(), letter.reason(), true);
      tx.write(() -> database.deadLetters().put(message.id(), replayed));
      world.trace().add(instance.name(), message.order(), "replays " + message.name());
      tx.commit();
      world.count(CoveragePoint.DEAD_LETTER_REPLAYED);
      afterCommit.run();
    } catch (ConstraintViolation | UnprocessableMessageException | IllegalStateException e) {
      throw new Violation("I22", message.order(), "a dead letter cannot be replayed: " + e);
    }
  }

  private List<Row> rows(List<Message> messages, ConsumerPosition after) {
    List<Row> rows = new ArrayList<>(handler.rows(messages));
    messages.forEach(message -> rows.add(inboxRow(message.id())));
    rows.addAll(positionRows(after));
    return rows;
  }

  private static Row inboxRow(long message) {
    return new Row("inbox", message);
  }

  private static List<Row> positionRows(ConsumerPosition after) {
    return after.nextOffsets().keySet().stream()
        .map(partition -> new Row("inbox_position", partition))
        .toList();
  }
}
