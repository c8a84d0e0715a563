package dev.converge.outbox.example;

import dev.converge.outbox.DeadLetter;
import dev.converge.outbox.DeadLetters;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;

/** The receipts' dead letters. The code of the library's README. */
public final class ParkedReceipts {
  private final DeadLetters deadLetters;

  public ParkedReceipts(Pool pool) {
    this.deadLetters = new DeadLetters(pool);
  }

  public Future<DeadLetters.Page> oldest() {
    return deadLetters.listParked(null, 100);
  }

  public Future<Boolean> replay(DeadLetter letter) {
    return deadLetters.replay(letter.id(), "receipts", new Shop.Receipts());
  }
}
