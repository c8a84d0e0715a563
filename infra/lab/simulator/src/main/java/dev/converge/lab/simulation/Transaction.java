package dev.converge.lab.simulation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A transaction: its writes take effect at the commit, or never. */
final class Transaction {
  /** A change of a table. */
  interface Write {
    /** Throws a {@link ConstraintViolation} if the database would refuse the write. */
    default void check() {}

    void apply();
  }

  private final Database database;
  private final Instance owner;
  private final List<Row> locked = new ArrayList<>();
  private final List<Write> writes = new ArrayList<>();
  private final List<Message> messages = new ArrayList<>();
  private final List<Long> effects = new ArrayList<>();
  private boolean open = true;

  Transaction(Database database, Instance owner) {
    this.database = database;
    this.owner = owner;
    owner.opened(this);
  }

  /**
   * Locks all rows until the end, once in a transaction. If another transaction holds one of them,
   * this transaction ends and returns false, and its owner tries again later. That is equivalent to
   * locks in a fixed order.
   */
  boolean lock(Collection<Row> rows) {
    if (rows.stream().anyMatch(database::isLocked)) {
      database.world().count(CoveragePoint.WAIT_FOR_A_LOCK);
      close();
      return false;
    }
    Set<Row> distinct = new LinkedHashSet<>(rows);
    distinct.forEach(database::lock);
    locked.addAll(distinct);
    return true;
  }

  void write(Write write) {
    writes.add(write);
  }

  /** Marks a message as seen. */
  void markSeen(long message) {
    writes.add(() -> database.seen(message));
  }

  /** Notes that a message has its effect in this transaction. */
  void hasEffectOf(long message) {
    effects.add(message);
  }

  void append(Message message) {
    messages.add(message);
  }

  /**
   * Applies all writes.
   *
   * @throws ConstraintViolation if a constraint is violated; the transaction is rolled back
   */
  void commit() {
    requireOpen();
    try {
      writes.forEach(Write::check);
    } catch (ConstraintViolation e) {
      rollback();
      throw e;
    }
    writes.forEach(Write::apply);
    effects.forEach(database::hadEffect);
    end();
    if (database.world().is(Broken.OUTBOX_AFTER_COMMIT)) {
      owner.next(() -> database.append(messages));
    } else {
      database.append(messages);
    }
    database.committed();
  }

  void rollback() {
    requireOpen();
    end();
  }

  private void end() {
    close();
    locked.forEach(database::unlock);
    database.ended();
  }

  private void close() {
    open = false;
    owner.closed(this);
  }

  private void requireOpen() {
    if (!open) {
      throw new IllegalStateException("the transaction has ended");
    }
  }
}
