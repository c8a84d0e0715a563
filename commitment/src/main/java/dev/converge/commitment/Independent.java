package dev.converge.commitment;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Runs kinds of work that do not wait for each other, each kind once at a time. */
final class Independent {
  private final Map<String, Future<Void>> running = new HashMap<>();

  /** Starts work unless the work of its kind before is still in progress. */
  synchronized void start(String kind, Supplier<Future<Void>> work) {
    Future<Void> before = running.get(kind);
    if (before == null || before.isComplete()) {
      running.put(kind, work.get());
    }
  }

  /** Completes when the work in progress has ended. */
  synchronized Future<Void> ended() {
    List<Future<Void>> all = new ArrayList<>(running.values());
    return Future.join(all).transform(done -> Future.succeededFuture());
  }
}
