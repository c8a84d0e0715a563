package dev.converge.lab.simulation;

import dev.converge.outbox.UnprocessableMessageException;
import io.vertx.core.Promise;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Runs a consumer's transactions on a database. The process may crash in or after each, and the
 * connection or the answer to the commit may be lost.
 */
final class FaultyTransactions {
  /** The work of a transaction once its rows are locked. */
  interface Work {
    /** Fails with {@link UnprocessableMessageException} or {@link IllegalStateException}. */
    Outcome run(Transaction tx);
  }

  /**
   * The result of a transaction.
   *
   * @param messages the number of new messages
   * @param afterCommit the action to run once it has committed
   */
  record Outcome(int messages, Runnable afterCommit) {}

  private final World world;
  private final Instance instance;
  private final Database database;

  FaultyTransactions(World world, Instance instance, Database database) {
    this.world = world;
    this.instance = instance;
    this.database = database;
  }

  /**
   * Runs work and commits; completes with the number of new messages.
   *
   * @param rows the rows to lock; asked again after a wait, since other transactions may have
   *     changed what the work concerns
   */
  void run(Supplier<List<Row>> rows, Work work, Promise<Integer> done) {
    perform(rows, work, done, (tx, outcome) -> instance.next(() -> commit(tx, outcome, done)));
  }

  /** Runs work and rolls back; completes with the number of new messages. */
  void rehearse(Supplier<List<Row>> rows, Work work, Promise<Integer> done) {
    perform(
        rows,
        work,
        done,
        (tx, outcome) -> {
          tx.rollback();
          done.complete(outcome.messages());
        });
  }

  private void perform(
      Supplier<List<Row>> rows,
      Work work,
      Promise<Integer> done,
      BiConsumer<Transaction, Outcome> end) {
    Transaction tx = database.begin(instance);
    if (!tx.lock(rows.get())) {
      database.whenFree(instance.alive(() -> perform(rows, work, done, end)));
      return;
    }
    Outcome outcome;
    try {
      outcome = work.run(tx);
    } catch (UnprocessableMessageException | IllegalStateException e) {
      tx.rollback();
      done.fail(e);
      return;
    }
    end.accept(tx, outcome);
  }

  private void commit(Transaction tx, Outcome outcome, Promise<Integer> done) {
    if (instance.crashes(CoveragePoint.CRASH_IN_TRANSACTION)) {
      return;
    }
    if (world.faults().strikes(Fault.LOST_CONNECTION)) {
      world.count(CoveragePoint.CONNECTION_LOST);
      tx.rollback();
      done.fail(new DatabaseUnavailable("the connection is lost"));
      return;
    }
    try {
      tx.commit();
    } catch (ConstraintViolation e) {
      done.fail(e);
      return;
    }
    if (instance.crashes(CoveragePoint.CRASH_AFTER_COMMIT)) {
      return;
    }
    if (world.faults().strikes(Fault.LOST_COMMIT_ANSWER)) {
      world.count(CoveragePoint.COMMIT_ANSWER_LOST);
      done.fail(new DatabaseUnavailable("the answer to the commit is lost"));
      return;
    }
    // The action after the commit may crash the process: then the turn ends here.
    Runnable goesOn = instance.alive(() -> done.complete(outcome.messages()));
    outcome.afterCommit().run();
    goesOn.run();
  }
}
