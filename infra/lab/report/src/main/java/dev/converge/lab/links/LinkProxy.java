package dev.converge.lab.links;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A TCP link that can be degraded: cut, half-open, one-way, delayed, sliced, slow. Everything runs
 * on one event loop: pass a Vert.x that has only one.
 */
public final class LinkProxy {
  /** The state of a link. */
  public enum Mode {
    /** Passes everything on. */
    PASS,
    /** Resets open connections, and new ones. */
    CUT,
    /** Accepts data and drops it silently. */
    HALF_OPEN,
    /** Forwards the data of the near side, and none of the answers. */
    ONE_WAY,
    /** Passes everything on late: by 150 ms each way, unless {@link #delay} says otherwise. */
    DELAY,
    /** Passes everything on in small pieces. */
    SLICE,
    /** Passes on 64 KiB a second at most, each way and for each connection. */
    SLOW
  }

  private static final String HOST = "127.0.0.1";
  private static final Delay DELAY = new Delay(150, 150);
  private static final int SLICE_BYTES = 512;
  private static final int MAX_QUEUED = 256;
  private static final int SLOW_BYTES = 4 << 10;
  private static final int SLOW_BYTES_PER_SECOND = 64 << 10;

  /** A text of one side, and what to do when it arrives. */
  private record Tripwire(String text, boolean outward, Runnable action) {}

  private record Delay(long outwardMillis, long inwardMillis) {}

  private final Vertx vertx;
  private final NetClient client;
  private final Set<Pair> pairs = new HashSet<>();
  private int target;
  private int port;
  private Mode mode = Mode.PASS;
  private Delay delay = DELAY;
  private @Nullable Tripwire tripwire;

  private LinkProxy(Vertx vertx, int target) {
    this.vertx = vertx;
    this.target = target;
    this.client =
        vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true).setConnectTimeout(2_000));
  }

  /** Listens on a port of its own and passes on to the target port. */
  public static LinkProxy to(Vertx vertx, int target) {
    return listening(vertx, HOST, 0, target);
  }

  /**
   * Listens on the target's port at another loopback address, such as {@code 127.77.1.2}, and
   * passes on to the target: for programs that learn the port of a peer from the peer, but resolve
   * its name themselves. Linux has all of these addresses; other systems need an alias for each.
   */
  public static LinkProxy at(Vertx vertx, String host, int target) {
    return listening(vertx, host, target, target);
  }

  private static LinkProxy listening(Vertx vertx, String host, int port, int target) {
    LinkProxy proxy = new LinkProxy(vertx, target);
    NetServer server =
        vertx
            .createNetServer(new NetServerOptions().setHost(host).setPort(port).setTcpNoDelay(true))
            .connectHandler(proxy::connected);
    try {
      proxy.port = server.listen().await(10, TimeUnit.SECONDS).actualPort();
    } catch (java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException("a link cannot listen", e);
    }
    return proxy;
  }

  public int port() {
    return port;
  }

  /** Changes the state of the link, for open connections, too. */
  public void set(Mode next) {
    vertx.runOnContext(changed -> change(next));
  }

  private void change(Mode next) {
    boolean reset = next == Mode.CUT || mode == Mode.HALF_OPEN || mode == Mode.ONE_WAY;
    mode = next;
    // A connection that was silent for a while has lost bytes, so it must be closed.
    if (reset) {
      closeAll();
    }
  }

  private void closeAll() {
    Set.copyOf(pairs).forEach(Pair::close);
  }

  /** Passes everything on late, by different times each way. */
  public void delay(long outwardMillis, long inwardMillis) {
    vertx.runOnContext(
        changed -> {
          delay = new Delay(outwardMillis, inwardMillis);
          change(Mode.DELAY);
        });
  }

  /** Leads new connections to another port, and closes the open ones. */
  public void lead(int toPort) {
    vertx.runOnContext(
        changed -> {
          target = toPort;
          closeAll();
        });
  }

  /**
   * Runs an action once, on the proxy's event loop, when the near side sends a text, and before
   * that is passed on: a degraded link then degrades the text itself. The text must be within one
   * read, as the first line of an HTTP request is.
   */
  public void onceSent(String text, Runnable action) {
    vertx.runOnContext(set -> tripwire = new Tripwire(text, true, action));
  }

  /** As {@link #onceSent}, for a text that the far side answers. */
  public void onceAnswered(String text, Runnable action) {
    vertx.runOnContext(set -> tripwire = new Tripwire(text, false, action));
  }

  /** Removes the action of {@link #onceSent} or {@link #onceAnswered}, if it has not run. */
  public void forgetText() {
    vertx.runOnContext(set -> tripwire = null);
  }

  /** As {@link #set}, but immediately: for an action of this link, on its event loop. */
  public void setNow(Mode next) {
    change(next);
  }

  private void trip(Buffer bytes, boolean outward) {
    Tripwire wire = tripwire;
    if (wire != null
        && wire.outward() == outward
        && bytes.toString(StandardCharsets.ISO_8859_1).contains(wire.text())) {
      tripwire = null;
      wire.action().run();
    }
  }

  private void connected(NetSocket near) {
    if (mode == Mode.CUT) {
      near.close();
      return;
    }
    Pair pair = new Pair(near);
    pairs.add(pair);
    near.pause();
    near.closeHandler(closed -> pair.close());
    near.exceptionHandler(broken -> pair.close());
    client
        .connect(target, HOST)
        .onSuccess(pair::join)
        // Refused: as if the link were not there.
        .onFailure(refused -> pair.close());
  }

  private final class Pair {
    private final NetSocket near;
    private @Nullable NetSocket far;
    private boolean closed;

    Pair(NetSocket near) {
      this.near = near;
    }

    void join(NetSocket socket) {
      if (closed) {
        socket.close();
        return;
      }
      far = socket;
      socket.closeHandler(ended -> close());
      socket.exceptionHandler(broken -> close());
      near.handler(new Direction(near, socket, true)::take);
      socket.handler(new Direction(socket, near, false)::take);
      near.resume();
    }

    void close() {
      if (!closed) {
        closed = true;
        pairs.remove(this);
        near.close();
        if (far != null) {
          far.close();
        }
      }
    }
  }

  /** The data of one direction; keeps its order in every state of the link. */
  private final class Direction {
    private final NetSocket from;
    private final NetSocket to;
    private final boolean outward;
    private final Queue<Buffer> late = new ArrayDeque<>();
    private long freeAtNanos = System.nanoTime();

    Direction(NetSocket from, NetSocket to, boolean outward) {
      this.from = from;
      this.to = to;
      this.outward = outward;
    }

    void take(Buffer bytes) {
      trip(bytes, outward);
      switch (mode) {
        case PASS, CUT -> passSoon(bytes);
        case ONE_WAY -> {
          // Else swallowed, as when half-open.
          if (outward) {
            passSoon(bytes);
          }
        }
        case HALF_OPEN -> {
          // Swallowed. The pair is closed when the link heals.
        }
        case DELAY -> passLater(bytes, outward ? delay.outwardMillis() : delay.inwardMillis());
        case SLICE -> {
          for (int at = 0; at < bytes.length(); at += SLICE_BYTES) {
            passLater(bytes.slice(at, Math.min(bytes.length(), at + SLICE_BYTES)), late.size() + 1);
          }
        }
        case SLOW -> {
          for (int at = 0; at < bytes.length(); at += SLOW_BYTES) {
            passInTurn(bytes.slice(at, Math.min(bytes.length(), at + SLOW_BYTES)));
          }
        }
      }
    }

    private boolean isSilent() {
      return mode == Mode.HALF_OPEN || (mode == Mode.ONE_WAY && !outward);
    }

    private void passSoon(Buffer bytes) {
      if (late.isEmpty()) {
        write(bytes);
      } else {
        passLater(bytes, 1);
      }
    }

    /** Passes on a piece once those before it have taken their time, and it its own. */
    private void passInTurn(Buffer piece) {
      long now = System.nanoTime();
      long takes = TimeUnit.SECONDS.toNanos(piece.length()) / SLOW_BYTES_PER_SECOND;
      freeAtNanos = Math.max(now, freeAtNanos) + takes;
      passLater(piece, TimeUnit.NANOSECONDS.toMillis(freeAtNanos - now));
    }

    // A timer for each piece, and each sends the first: they keep their order though timers of
    // other lengths overtake them.
    private void passLater(Buffer bytes, long millis) {
      late.add(bytes);
      if (late.size() > MAX_QUEUED) {
        from.pause();
      }
      vertx.setTimer(Math.max(1, millis), due -> passFirst());
    }

    private void passFirst() {
      Buffer first = late.poll();
      // Bytes that were under way when the link went silent are lost, too.
      if (first != null && !isSilent()) {
        write(first);
      }
      if (late.size() < MAX_QUEUED / 2 && !to.writeQueueFull()) {
        from.resume();
      }
    }

    private void write(Buffer bytes) {
      to.write(bytes)
          // The socket is gone; its close handler ends the pair.
          .onFailure(gone -> to.close());
      if (to.writeQueueFull()) {
        from.pause();
        to.drainHandler(drained -> from.resume());
      }
    }
  }
}
