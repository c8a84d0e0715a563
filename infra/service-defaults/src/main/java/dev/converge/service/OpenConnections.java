package dev.converge.service;

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
 * The connections of a server. Where there are as many as it bears, the one that has waited for its
 * client the longest makes room for a new one, unless it has just come: connections that ask
 * nothing keep nobody out. Where none makes room, some more are admitted, for probes alone; among
 * these, the oldest that asks nothing always makes room, and then the oldest whose client does not
 * read its answers. Used on one event loop.
 */
final class OpenConnections {
  /** Most of those that still have to send an answer that are passed over. */
  private static final int MOST_PASSED_OVER = 64;

  /** One of them. It waits for its client unless a whole request of it has no answer yet. */
  static final class Entry {
    private final HttpConnection connection;
    private boolean forProbesOnly;
    private long waitsSinceNanos = System.nanoTime();
    private long lastAnswerNanos = System.nanoTime();
    private int received;
    private int answered;

    private Entry(HttpConnection connection, boolean forProbesOnly) {
      this.connection = connection;
      this.forProbesOnly = forProbesOnly;
    }

    private boolean waits() {
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

  private final HttpLimits limits;
  private final AtomicInteger open = new AtomicInteger();
  private final IdentityHashMap<HttpConnection, Entry> entries = new IdentityHashMap<>();

  /** Those that wait, the longest first. */
  private final Set<Entry> waiting = new LinkedHashSet<>();

  /** The same of those that are for probes only. */
  private final Set<Entry> waitingForProbes = new LinkedHashSet<>();

  /** All that are for probes only, the oldest first. */
  private final Set<Entry> forProbes = new LinkedHashSet<>();

  OpenConnections(HttpLimits limits) {
    this.limits = limits;
  }

  /** How many there are; may be asked by any thread. */
  int count() {
    return open.get();
  }

  /** Takes in a new one, or returns null where there is no room. */
  @Nullable Entry admit(HttpConnection connection) {
    if (isFull()) {
      makeRoom(waiting, limits.unasked().toNanos());
    }
    int most = limits.connections() + limits.probeConnections();
    if (open.get() >= most) {
      makeRoom(waitingForProbes, 0);
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
    return open.get() >= limits.connections();
  }

  private void makeRoom(Set<Entry> longestFirst, long afterNanos) {
    long now = System.nanoTime();
    List<Entry> passedOver = new ArrayList<>();
    for (Entry entry : longestFirst) {
      if (passedOver.size() == MOST_PASSED_OVER || now - entry.waitsSinceNanos < afterNanos) {
        break;
      }
      if (!entry.hasUnsent()) {
        forget(entry);
        entry.connection.close();
        break;
      }
      passedOver.add(entry);
    }
    // To the end, so that the next search begins behind them.
    longestFirst.removeAll(passedOver);
    longestFirst.addAll(passedOver);
  }

  // The answer to a probe is small: where some of it waits to be sent, its client has stopped
  // reading.
  private void cutOffUnread() {
    long unreadSince = System.nanoTime() - limits.unasked().toNanos();
    for (Entry entry : forProbes) {
      if (entry.hasUnsent() && entry.lastAnswerNanos - unreadSince < 0) {
        forget(entry);
        // Vert.x would first wait for what is unsent.
        ChannelFuture unused = entry.channel().close();
        return;
      }
    }
  }

  private void forget(Entry entry) {
    if (entries.remove(entry.connection) != null) {
      waiting.remove(entry);
      waitingForProbes.remove(entry);
      forProbes.remove(entry);
      open.decrementAndGet();
    }
  }

  /** Says that a whole request has come. */
  void received(Entry entry) {
    entry.received++;
    update(entry);
  }

  /** Says that a request has its answer. */
  void answered(HttpConnection connection) {
    Entry entry = entries.get(connection);
    if (entry != null) {
      entry.answered++;
      entry.lastAnswerNanos = System.nanoTime();
      update(entry);
    }
  }

  private void update(Entry entry) {
    // Taken out first: it has begun to wait just now.
    waiting.remove(entry);
    waitingForProbes.remove(entry);
    if (entry.waits() && entries.containsKey(entry.connection)) {
      entry.waitsSinceNanos = System.nanoTime();
      (entry.forProbesOnly ? waitingForProbes : waiting).add(entry);
    }
  }

  /** Whether a connection may ask for nothing but probes. */
  boolean isForProbesOnly(HttpConnection connection) {
    Entry entry = entries.get(connection);
    if (entry != null && entry.forProbesOnly && open.get() <= limits.connections()) {
      entry.forProbesOnly = false;
      forProbes.remove(entry);
    }
    return entry != null && entry.forProbesOnly;
  }
}
