package dev.converge.platform;

import java.util.Collection;
import java.util.concurrent.CompletableFuture;

/**
 * Runs work that waits for processes, each piece in a thread of its own: a pool as wide as a small
 * machine would starve.
 */
final class Threads {
  private Threads() {}

  static CompletableFuture<Void> run(Runnable work) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
                done.complete(null);
              } catch (Throwable e) {
                done.completeExceptionally(e);
              }
            },
            "platform");
    thread.setDaemon(true);
    thread.start();
    return done;
  }

  /** Completes once all of them have. */
  static CompletableFuture<Void> allOf(Collection<CompletableFuture<Void>> some) {
    return CompletableFuture.allOf(some.toArray(CompletableFuture[]::new));
  }
}
