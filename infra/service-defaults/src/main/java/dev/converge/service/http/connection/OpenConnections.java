package dev.converge.service.http.connection;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a server, up to its limit. At the limit, a new connection replaces the one
 * that has been idle for the longest time, unless that one is new too. So idle connections do not
 * block clients. If none can be replaced, some more are admitted for probes only. Among these, the
 * oldest idle one can always be replaced, and then the oldest whose client does not read its
 * answers. Used on one event loop.
 */
final class OpenConnections {
  /** Most connections with unsent answers that a search skips. */
  private static final int MOST_SKIPPED = 64;

  /** A connection. It is idle unless it has a complete request without an answer. */
  static final class Entry {
    private final HttpConnection connection;
    private boolean forProbesOnly;
    private long idleSinceNanos = System.nanoTime();
    private long lastAnswerNanos = System.nanoTime();
    private int received;
    private int answered;

    private Entry(HttpConnection connection, boolean forProbesOnly) {
      this.connection = connection;
      this.forProbesOnly = forProbesOnly;
    }

    private boolean isIdle() {
      return received <= answered;
    }

    private boolean hasUnsent() {
      ChannelOutboundBuffer unsent = channel().unsafe().outboundBuffer();
      return unsent != null && unsent.totalPendingWriteBytes() > 0;
    }

    private Channel channel() {
      return ((HttpServerConnection) connection).channelHandlerContext().channel();
    }
  }

  private final ConnectionLimits limits;
  private final AtomicInteger open = new AtomicInteger();
  private final IdentityHashMap<HttpConnection, Entry> entries = new IdentityHashMap<>();

  /** Idle connections, the longest idle first. */
  private final Set<Entry> idle = new LinkedHashSet<>();

  /** The same for connections for probes only. */
  private final Set<Entry> idleForProbes = new LinkedHashSet<>();

  /** All connections for probes only, the oldest first. */
  private final Set<Entry> forProbes = new LinkedHashSet<>();

  OpenConnections(ConnectionLimits limits) {
    this.limits = limits;
  }

  /** The number of open connections. Can be called from any thread. */
  int count() {
    return open.get();
  }

  /** Admits a new connection, or returns null where there is no room. */
  @Nullable Entry admit(HttpConnection connection) {
    if (isFull()) {
      makeRoom(idle, limits.unasked().toNanos());
    }
    int most = limits.most() + limits.mostForProbes();
    if (open.get() >= most) {
      makeRoom(idleForProbes, 0);
    }
    if (open.get() >= most) {
      cutOffUnread();
    }
    if (open.get() >= most) {
      return null;
    }
    Entry entry = new Entry(connection, isFull());
    open.incrementAndGet();
    entries.put(connection, entry);
    if (entry.forProbesOnly) {
      forProbes.add(entry);
    }
    update(entry);
    connection.closeHandler(closed -> forget(entry));
    return entry;
  }

  private boolean isFull() {
    return open.get() >= limits.most();
  }

  private void makeRoom(Set<Entry> longestFirst, long afterNanos) {
    long now = System.nanoTime();
    List<Entry> skipped = new ArrayList<>();
    for (Entry entry : longestFirst) {
      if (skipped.size() == MOST_SKIPPED || now - entry.idleSinceNanos < afterNanos) {
        break;
      }
      if (!entry.hasUnsent()) {
        forget(entry);
        entry.connection.close();
        break;
      }
      skipped.add(entry);
    }
    // Moved to the end, so that the next search begins after them.
    longestFirst.removeAll(skipped);
    longestFirst.addAll(skipped);
  }

  // The answer to a probe is small. If some of it is unsent, the client has stopped reading.
  private void cutOffUnread() {
    long unreadSince = System.nanoTime() - limits.unasked().toNanos();
    for (Entry entry : forProbes) {
      if (entry.hasUnsent() && entry.lastAnswerNanos - unreadSince < 0) {
        forget(entry);
        // Vert.x would first wait for the unsent bytes.
        ChannelFuture unused = entry.channel().close();
        return;
      }
    }
  }

  private void forget(Entry entry) {
    if (entries.remove(entry.connection) != null) {
      idle.remove(entry);
      idleForProbes.remove(entry);
      forProbes.remove(entry);
      open.decrementAndGet();
    }
  }

  /** Records that a complete request has arrived. */
  void received(Entry entry) {
    entry.received++;
    update(entry);
  }

  /** Records that a request has its answer. */
  void answered(HttpConnection connection) {
    Entry entry = entries.get(connection);
    if (entry != null) {
      entry.answered++;
      entry.lastAnswerNanos = System.nanoTime();
      update(entry);
    }
  }

  private void update(Entry entry) {
    // Removed first, because its idle time starts now.
    idle.remove(entry);
    idleForProbes.remove(entry);
    if (entry.isIdle() && entries.containsKey(entry.connection)) {
      entry.idleSinceNanos = System.nanoTime();
      (entry.forProbesOnly ? idleForProbes : idle).add(entry);
    }
  }

  /** Whether a connection may request probes only. */
  boolean isForProbesOnly(HttpConnection connection) {
    Entry entry = entries.get(connection);
    if (entry != null && entry.forProbesOnly && open.get() <= limits.most()) {
      entry.forProbesOnly = false;
      forProbes.remove(entry);
    }
    return entry != null && entry.forProbesOnly;
  }
}
