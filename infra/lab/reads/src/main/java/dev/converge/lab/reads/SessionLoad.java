package dev.converge.lab.reads;

import dev.converge.lab.reads.OrderApi.Answer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Clients of each level, each in a closed loop: it places an order, then reads it and the newest
 * order in turn, and notes whether an answer lacks what it has written or seen. Everything runs on
 * one event loop.
 */
final class SessionLoad {
  /** Reads after each write. */
  private static final int READS = 20;

  /** Orders that a client reads again. */
  private static final int OWNED = 30;

  /** After an answer that refuses, so that a refusal is not answered by a flood. */
  private static final long REFUSED_PAUSE_MS = 20;

  private final Vertx vertx;
  private final OrderApi api;
  private final long seed;
  private final List<Read> reads = new ArrayList<>();
  private final List<Write> writes = new ArrayList<>();
  private boolean isOver;

  /**
   * @param seed of the keys; no two loads on one database may share it
   */
  SessionLoad(Vertx vertx, OrderApi api, long seed) {
    this.vertx = vertx;
    this.api = api;
    this.seed = seed;
  }

  /** The notes of all clients. */
  record Notes(List<Read> reads, List<Write> writes) {}

  /** Runs clients until it is over. */
  Future<Notes> run(int clientsOfEachLevel) {
    Promise<Notes> done = Promise.promise();
    vertx.runOnContext(
        on -> {
          List<Future<?>> running = new ArrayList<>();
          for (Level level : Level.values()) {
            for (int n = 0; n < clientsOfEachLevel; n++) {
              running.add(new Client(level, n).next());
            }
          }
          Future.join(running).map(ended -> new Notes(reads, writes)).onComplete(done);
        });
    return done.future();
  }

  /** Lets each client end with the request that it waits for. */
  void end() {
    vertx.runOnContext(on -> isOver = true);
  }

  /** An order of a client. */
  private static final class Own {
    private final String orderId;
    private final long acceptedAt;
    private boolean isSeen;

    Own(String orderId, long acceptedAt) {
      this.orderId = orderId;
      this.acceptedAt = acceptedAt;
    }
  }

  private final class Client {
    private final Level level;
    private final String name;
    private int placed;
    private int step;
    private @Nullable String token;
    private final Deque<Own> owned = new ArrayDeque<>();
    private final Random random;
    private @Nullable String newestOwn;
    private @Nullable String newestSeen;
    private long writingSince = -1;

    Client(Level level, int number) {
      this.level = level;
      this.name = seed + "-" + level + "-" + number + "-";
      this.random = new Random(name.hashCode());
    }

    Future<Void> next() {
      if (isOver) {
        return Future.succeededFuture();
      }
      step++;
      Future<Boolean> done =
          step % (READS + 1) == 1 ? write() : owned.isEmpty() || step % 2 == 0 ? newest() : find();
      return done.compose(accepted -> accepted ? next() : pause());
    }

    private Future<Void> pause() {
      return vertx.timer(REFUSED_PAUSE_MS, TimeUnit.MILLISECONDS).compose(over -> next());
    }

    // With the same key until it is accepted: one order, however often it is sent.
    private Future<Boolean> write() {
      if (writingSince < 0) {
        writingSince = System.nanoTime();
      }
      return api.place(name + placed, level == Level.SESSION ? token : null).map(this::placed);
    }

    private boolean placed(Answer answer) {
      if (!answer.isAccepted()) {
        return false;
      }
      long now = System.nanoTime();
      String orderId = answer.orderId();
      writes.add(new Write(orderId, writingSince, now));
      writingSince = -1;
      placed++;
      // Without a token a session cannot ask for its own write.
      if (level != Level.SESSION || answer.token() != null) {
        token = answer.token();
        newestOwn = later(newestOwn, orderId);
        owned.addFirst(new Own(orderId, now));
        if (owned.size() > OWNED) {
          owned.removeLast();
        }
      }
      return true;
    }

    // Of the last one as often as of the others together, so that ages of all sizes are asked.
    private Future<Boolean> find() {
      int skipped = random.nextBoolean() ? 0 : random.nextInt(owned.size());
      Own own = owned.stream().skip(skipped).findFirst().orElseThrow();
      long start = System.nanoTime();
      return api.find(own.orderId, level, token).map(answer -> found(own, start, answer));
    }

    private boolean found(Own own, long start, Answer answer) {
      boolean isLacking = answer.status() == 404;
      note(start, answer, null, start - own.acceptedAt, isLacking, isLacking && own.isSeen);
      own.isSeen |= answer.status() == 200;
      return continueAfter(answer, isLacking);
    }

    private Future<Boolean> newest() {
      long start = System.nanoTime();
      return api.newest(level, token).map(answer -> listed(start, answer));
    }

    private boolean listed(long start, Answer answer) {
      boolean isAnswered = answer.status() == 200;
      String newest = isAnswered ? answer.newest() : null;
      note(
          start,
          answer,
          newest,
          -1,
          isAnswered && isBefore(newest, newestOwn),
          isAnswered && isBefore(newest, newestSeen));
      newestSeen = later(newestSeen, newest);
      return continueAfter(answer, false);
    }

    private boolean continueAfter(Answer answer, boolean isLacking) {
      boolean isAnswered = answer.status() == 200 || isLacking;
      if (isAnswered && answer.token() != null) {
        token = answer.token();
      }
      return isAnswered;
    }

    private void note(
        long start,
        Answer answer,
        @Nullable String newest,
        long ownAge,
        boolean lacksOwn,
        boolean lacksSeen) {
      reads.add(
          new Read(
              level,
              start,
              System.nanoTime(),
              answer.status(),
              answer.servedBy(),
              newest,
              ownAge,
              lacksOwn,
              lacksSeen));
    }
  }

  /** Ids of orders begin with the time, so that a later order has a greater id. */
  static boolean isBefore(@Nullable String one, @Nullable String other) {
    return other != null && (one == null || one.compareTo(other) < 0);
  }

  private static @Nullable String later(@Nullable String one, @Nullable String other) {
    return isBefore(one, other) ? other : one;
  }
}
