package dev.converge.order;

import dev.converge.order.application.ReadPrimary;
import dev.converge.order.reads.NodePosition;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A node whose position a test sets. It reads the tables in memory. */
public final class FakeReadNode implements ReadPrimary {
  private final SqlClient client;
  // A server under test uses the node on its event loop.
  private final Deque<NodePosition> next = new ConcurrentLinkedDeque<>();
  private volatile NodePosition position;
  private volatile @Nullable Throwable failure;
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicInteger barriers = new AtomicInteger();
  private final AtomicInteger beats = new AtomicInteger();

  private FakeReadNode(SqlClient client, NodePosition position) {
    this.client = client;
    this.position = position;
  }

  public static FakeReadNode primary(SqlClient client) {
    return new FakeReadNode(client, new NodePosition(false, 7, 1, 100, 50, 50, 0));
  }

  public static FakeReadNode replica(SqlClient client) {
    return new FakeReadNode(client, new NodePosition(true, 7, 1, 100, 50, 50, 20));
  }

  /** Moves a node, keeping what is not a position. */
  public static NodePosition at(FakeReadNode node, long lsn) {
    NodePosition old = node.position;
    return new NodePosition(
        old.isReplica(),
        old.system(),
        old.timeline(),
        lsn,
        old.xmin(),
        old.xmax(),
        old.staleMillis());
  }

  public void set(NodePosition now) {
    position = now;
  }

  /** Answers the next question for the position like this, and later ones as set. */
  public void once(NodePosition earlier) {
    next.add(earlier);
  }

  public void fail(@Nullable Throwable with) {
    failure = with;
  }

  /** How often it was asked for its position alone. */
  public int asked() {
    return asked.get();
  }

  public int reads() {
    return reads.get();
  }

  public int barriers() {
    return barriers.get();
  }

  public int beats() {
    return beats.get();
  }

  @Override
  public Future<NodePosition> position() {
    asked.incrementAndGet();
    NodePosition earlier = next.poll();
    return answer(earlier == null ? position : earlier);
  }

  @Override
  public <T> Future<Seen<T>> read(Function<SqlClient, Future<T>> query) {
    reads.incrementAndGet();
    return answer(position)
        .compose(before -> query.apply(client).map(value -> new Seen<>(before, value, position)));
  }

  @Override
  public Future<Void> barrier() {
    barriers.incrementAndGet();
    return answer(position).mapEmpty();
  }

  @Override
  public Future<Void> beat() {
    beats.incrementAndGet();
    return answer(position).mapEmpty();
  }

  private Future<NodePosition> answer(NodePosition now) {
    Throwable cause = failure;
    return cause == null ? Future.succeededFuture(now) : Future.failedFuture(cause);
  }
}
