package dev.converge.edge;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A replica that answers, sheds, resets, hangs or refuses, and records its requests. */
final class FakeReplica implements AutoCloseable {
  private static final int HELD_SECONDS = 30;
  private static final int BACKLOG = 200;

  /** Its answer to requests other than health checks. */
  enum Mode {
    /** 200 with its name. */
    ANSWER,
    /** 503, as a service that is overloaded. */
    SHED,
    /** Ends the connection without an answer. */
    RESET,
    /** Answers when {@link FakeReplica#release} is called. */
    HOLD,
    /** Ends the connection when {@link FakeReplica#release} is called. */
    HOLD_AND_RESET,
    /** The first chunk immediately, the second when {@link FakeReplica#release} is called. */
    STREAM,
    /** The request's body. */
    ECHO,
    /** 204 without a body. */
    NO_CONTENT,
    /** 304 without a body. */
    NOT_MODIFIED,
    /** 200 with headers of its connection. */
    HOP_BY_HOP
  }

  /** Its answer to health checks. */
  enum Checks {
    PASS,
    FAIL,
    /** Not answered, and the connection stays open. */
    HANG
  }

  private final String name;
  private final int port;
  private final List<WireMessage> received = new CopyOnWriteArrayList<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final AtomicInteger checks = new AtomicInteger();
  private final AtomicInteger clientsGone = new AtomicInteger();
  private volatile ServerSocket server;
  private volatile Mode mode = Mode.ANSWER;
  private volatile Checks checksNow = Checks.PASS;
  private volatile CountDownLatch held = new CountDownLatch(1);
  private volatile CountDownLatch bodyBegan = new CountDownLatch(1);

  FakeReplica(String name) throws IOException {
    this.name = name;
    this.server = listening(0);
    this.port = server.getLocalPort();
    accepting(server);
  }

  private static ServerSocket listening(int port) throws IOException {
    ServerSocket server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
    return server;
  }

  private void accepting(ServerSocket from) {
    daemon(
        () -> {
          while (true) {
            Socket socket = from.accept();
            sockets.add(socket);
            daemon(() -> serve(socket));
          }
        });
  }

  /** Work that ends with its connection. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private static void daemon(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException | InterruptedException closed) {
                // The connection or the test is over.
              }
            },
            "replica");
    thread.setDaemon(true);
    thread.start();
  }

  String name() {
    return name;
  }

  int port() {
    return port;
  }

  void is(Mode now) {
    held = new CountDownLatch(1);
    bodyBegan = new CountDownLatch(1);
    mode = now;
  }

  void checksAre(Checks now) {
    checksNow = now;
  }

  void release() {
    held.countDown();
  }

  /** Releases the requests that it holds; it holds further ones. */
  void releaseAndHold() {
    CountDownLatch before = held;
    is(Mode.HOLD);
    before.countDown();
  }

  /** Its requests, without health checks. */
  List<WireMessage> received() {
    return List.copyOf(received);
  }

  /** Health checks that it has received. */
  int checks() {
    return checks.get();
  }

  /** Requests that it held while their connection was closed. */
  int clientsGone() {
    return clientsGone.get();
  }

  /** Whether the body of a request began to arrive. */
  boolean sawBodyBegin(Duration within) throws InterruptedException {
    return bodyBegan.await(within.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Refuses connections, and ends those that are open. */
  void stop() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }

  void start() throws IOException {
    server = listening(port);
    accepting(server);
  }

  @Override
  public void close() throws IOException {
    release();
    stop();
  }

  private void serve(Socket socket) throws IOException, InterruptedException {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        WireMessage head = WireMessage.readHead(in);
        if (head.path().equals("/livez")) {
          checks.incrementAndGet();
          answerCheck(socket);
          continue;
        }
        if (head.header("transfer-encoding").isEmpty()) {
          bodyBegan.countDown();
        } else {
          in.mark(1);
          if (in.read() >= 0) {
            bodyBegan.countDown();
          }
          in.reset();
        }
        WireMessage request = head.withBody(in);
        received.add(request);
        answer(request, socket, in);
      }
    }
  }

  private void answerCheck(Socket socket) throws IOException {
    switch (checksNow) {
      case PASS -> write(socket, "200 OK", "", "{}");
      case FAIL -> write(socket, "500 Internal Server Error", "", "{}");
      case HANG -> {
        // The next read ends when the edge gives up.
      }
    }
  }

  private void answer(WireMessage request, Socket socket, InputStream in)
      throws IOException, InterruptedException {
    String named = "X-Replica: " + name + "\r\n";
    switch (mode) {
      case ANSWER -> write(socket, "200 OK", named, request.method().equals("HEAD") ? null : name);
      case SHED ->
          write(
              socket,
              "503 Service Unavailable",
              named + "Retry-After: 7\r\nContent-Type: application/problem+json\r\n",
              "{\"type\":\"/problems/overloaded\"}");
      case RESET -> reset(socket);
      case HOLD -> {
        if (heldUntilReleased(in)) {
          write(socket, "200 OK", named + "Connection: close\r\n", name);
        }
        // A thread still reads from this connection.
        socket.close();
      }
      case HOLD_AND_RESET -> {
        awaitRelease();
        reset(socket);
      }
      case STREAM -> {
        write(socket, "200 OK\r\n" + named + "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        awaitRelease();
        raw(socket, "6\r\nsecond\r\n0\r\n\r\n");
      }
      case ECHO -> {
        int length = request.body().length();
        write(socket, "200 OK\r\n" + named + "Content-Length: " + length + "\r\n\r\n");
        socket.getOutputStream().write(request.body().getBytes());
      }
      case NO_CONTENT -> write(socket, "204 No Content\r\n" + named + "\r\n");
      case NOT_MODIFIED -> write(socket, "304 Not Modified\r\n" + named + "ETag: \"1\"\r\n\r\n");
      case HOP_BY_HOP ->
          write(
              socket,
              "200 OK",
              named + "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nX-Kept: yes\r\n",
              name);
    }
  }

  // A client that closes its connection ends its stream: a read in turn notices.
  private boolean heldUntilReleased(InputStream in) throws IOException, InterruptedException {
    CountDownLatch until = held;
    daemon(
        () -> {
          try {
            if (in.read() >= 0) {
              return;
            }
          } catch (IOException reset) {
            // The same as an end.
          }
          if (until.getCount() > 0) {
            clientsGone.incrementAndGet();
          }
        });
    return until.await(HELD_SECONDS, TimeUnit.SECONDS);
  }

  private void awaitRelease() throws IOException, InterruptedException {
    if (!held.await(HELD_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("not released");
    }
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  // Without a body, as the answer to HEAD: the length is that of the answer to GET.
  private static void write(Socket socket, String status, String headers, @Nullable String body)
      throws IOException {
    int length = body == null ? 9 : body.getBytes(StandardCharsets.UTF_8).length;
    write(
        socket,
        status
            + "\r\n"
            + headers
            + "Content-Length: "
            + length
            + "\r\n\r\n"
            + (body == null ? "" : body));
  }

  private static void write(Socket socket, String rest) throws IOException {
    raw(socket, "HTTP/1.1 " + rest);
  }

  private static void raw(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
