package dev.converge.testkit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.function.Supplier;

/** A Vert.x with a single event loop, for unit tests of code that belongs to one. */
public final class EventLoop implements AutoCloseable {
  private static final int TURNS = 20;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final Context context = vertx.getOrCreateContext();

  public Vertx vertx() {
    return vertx;
  }

  /** The result of work on the event loop. Throws its failure. */
  @CanIgnoreReturnValue
  public <T> T run(Supplier<Future<T>> work) {
    return ConnectedDatabase.await(start(work));
  }

  /** Starts work on the event loop. */
  public <T> Future<T> start(Supplier<Future<T>> work) {
    return Future.future(result -> context.runOnContext(run -> work.get().onComplete(result)));
  }

  /** Runs work on the event loop, and returns once everything has run that follows from it. */
  public void execute(Runnable work) {
    run(
        () -> {
          work.run();
          return Future.succeededFuture(this);
        });
    settle();
  }

  /** Returns once everything has run that is queued, and what that has queued in turn. */
  public void settle() {
    for (int turn = 0; turn < TURNS; turn++) {
      run(() -> Future.succeededFuture(this));
    }
  }

  @Override
  public void close() {
    ConnectedDatabase.await(vertx.close());
  }
}
