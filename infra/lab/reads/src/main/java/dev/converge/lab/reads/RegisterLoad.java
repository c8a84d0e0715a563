package dev.converge.lab.reads;

import dev.converge.lab.linearizability.Operation;
import dev.converge.lab.reads.OrderApi.Answer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A register: the newest order. One client writes it by placing orders one after the other, and
 * others read it at each level. Each value is written once. Everything runs on one event loop.
 */
final class RegisterLoad {
  private static final long WRITE_PAUSE_MS = 5;
  private static final long REFUSED_PAUSE_MS = 20;

  private final Vertx vertx;
  private final OrderApi api;
  private final String keys;
  private final List<Write> writes = new ArrayList<>();
  private final Map<Level, List<Seen>> seen = new EnumMap<>(Level.class);
  private @Nullable String before;
  private int placed;
  private long writingSince = -1;
  private boolean isOver;

  /** A read, and the order that it has shown. */
  private record Seen(long start, long end, @Nullable String newest) {}

  /**
   * @param keys the prefix of the writer's keys; no two loads on one database may share it
   */
  RegisterLoad(Vertx vertx, OrderApi api, String keys) {
    this.vertx = vertx;
    this.api = api;
    this.keys = keys;
  }

  /** Runs the writer, and some readers of each level, until it is over. */
  Future<Map<Level, List<Operation>>> run(int readersOfEachLevel) {
    Promise<Map<Level, List<Operation>>> done = Promise.promise();
    vertx.runOnContext(
        on ->
            api.newest(Level.STRONG, null)
                .compose(initial -> runFrom(initial, readersOfEachLevel))
                .map(ended -> histories())
                .onComplete(done));
    return done.future();
  }

  private Future<?> runFrom(Answer initial, int readersOfEachLevel) {
    before = initial.newest();
    List<Future<?>> running = new ArrayList<>();
    running.add(write());
    for (Level level : Level.values()) {
      seen.put(level, new ArrayList<>());
      for (int n = 0; n < readersOfEachLevel; n++) {
        running.add(read(level, null));
      }
    }
    return Future.join(running);
  }

  /** Lets each client end with the request that it waits for. */
  void end() {
    vertx.runOnContext(on -> isOver = true);
  }

  private Future<Void> write() {
    if (isOver) {
      return Future.succeededFuture();
    }
    if (writingSince < 0) {
      writingSince = System.nanoTime();
    }
    return api.place(keys + placed, null).compose(this::written);
  }

  private Future<Void> written(Answer answer) {
    if (!answer.isAccepted()) {
      return pause(REFUSED_PAUSE_MS).compose(over -> write());
    }
    writes.add(new Write(answer.orderId(), writingSince, System.nanoTime()));
    writingSince = -1;
    placed++;
    return pause(WRITE_PAUSE_MS).compose(over -> write());
  }

  private Future<Void> read(Level level, @Nullable String token) {
    if (isOver) {
      return Future.succeededFuture();
    }
    long start = System.nanoTime();
    return api.newest(level, token).compose(answer -> shown(level, token, start, answer));
  }

  private Future<Void> shown(Level level, @Nullable String token, long start, Answer answer) {
    if (answer.status() != 200) {
      return pause(REFUSED_PAUSE_MS).compose(over -> read(level, token));
    }
    Objects.requireNonNull(seen.get(level))
        .add(new Seen(start, System.nanoTime(), answer.newest()));
    return read(level, answer.token());
  }

  private Future<Void> pause(long millis) {
    return vertx.timer(millis, TimeUnit.MILLISECONDS);
  }

  /** The history of each level: the writes, and the reads of that level. */
  private Map<Level, List<Operation>> histories() {
    Map<String, Long> values = new HashMap<>();
    if (before != null) {
      values.put(before, Operation.INITIAL);
    }
    List<Operation> written = new ArrayList<>();
    for (Write write : writes) {
      long value = values.computeIfAbsent(write.orderId(), id -> written.size() + 1L);
      written.add(Operation.write(value, write.start(), write.end()));
    }
    long pending = written.size() + 1L;
    if (writingSince >= 0) {
      written.add(Operation.write(pending, writingSince, Operation.NEVER));
    }
    Map<Level, List<Operation>> histories = new EnumMap<>(Level.class);
    seen.forEach(
        (level, reads) -> {
          List<Operation> history = new ArrayList<>(written);
          // An order that no answer has named is the one whose answer is missing.
          reads.forEach(read -> history.add(operation(read, values, pending)));
          histories.put(level, history);
        });
    return histories;
  }

  private static Operation operation(Seen read, Map<String, Long> values, long pending) {
    long value =
        read.newest() == null ? Operation.INITIAL : values.getOrDefault(read.newest(), pending);
    return Operation.read(value, read.start(), read.end());
  }
}
