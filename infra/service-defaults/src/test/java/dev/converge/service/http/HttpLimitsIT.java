package dev.converge.service.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.service.http.connection.ConnectionLimits;
import dev.converge.service.http.json.BodyObject;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.runtime.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: no client blocks the server, and a server that stops answers all requests in flight.
 * Method: sockets that send or read slowly, or not at all, and a server with limits of fractions of
 * a second. No duration is asserted.
 */
class HttpLimitsIT {
  private static final int TIMEOUT_MS = 20_000;
  private static final int CONNECTIONS = 4;
  private static final int PROBES = 2;
  private static final String ONE_CONNECTION =
      "\nhttp_server_connections{service=\"things\"} 1.0\n";

  private final Vertx vertx = Vertx.vertx();
  private final Telemetry telemetry = Telemetry.start("things", Map.of());
  private final Promise<Void> held = Promise.promise();
  private final Promise<Void> begun = Promise.promise();
  private final CountDownLatch served = new CountDownLatch(CONNECTIONS);
  private int port;
  private Duration unasked = Duration.ZERO;

  record Thing(String name) {
    static Thing from(BodyObject body) {
      return new Thing(body.faults().required("/name", body.text("name"), ""));
    }
  }

  @BeforeEach
  void choosePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
  }

  /** Starts a server and returns its deployment. */
  private String start(Duration idle, Duration notice) {
    HttpLimits limits =
        new HttpLimits(
            new ConnectionLimits(CONNECTIONS, PROBES, unasked, Duration.ofMillis(400)),
            new HttpLimits.Timeouts(Duration.ofMillis(400), idle, Duration.ofMillis(300)),
            new HttpLimits.Shutdown(notice, Duration.ofSeconds(20)));
    return vertx
        .deployVerticle(
            new HttpApi(
                    new HttpConfig("127.0.0.1", port, List.of()),
                    telemetry,
                    "openapi/things.json",
                    this::routes)
                .within(limits))
        .await();
  }

  private void startWithLongIdle() {
    assertThat(start(Duration.ofSeconds(60), Duration.ofMillis(1))).isNotEmpty();
  }

  private void startWithShortIdle() {
    assertThat(start(Duration.ofSeconds(1), Duration.ofMillis(1))).isNotEmpty();
  }

  @AfterEach
  void stop() {
    held.tryComplete();
    vertx.close().await();
    telemetry.stop();
  }

  private void routes(Router router) {
    router
        .post("/things")
        .handler(
            request ->
                Answers.json(request, 201, JsonBody.write(JsonBody.read(request, Thing::from))));
    router
        .get("/things")
        .handler(
            request -> {
              begun.tryComplete();
              served.countDown();
              held.future().onSuccess(now -> Answers.json(request, 200, "{}"));
            });
    router
        .get("/things/:thing")
        .handler(request -> Answers.json(request, 200, "x".repeat(16 << 20)));
  }

  private Socket open(String bytes) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(TIMEOUT_MS);
    write(socket, bytes);
    return socket;
  }

  private static void write(Socket socket, String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** All bytes until the server closes the connection. */
  private static String rest(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Sends a byte at intervals until an answer arrives, and returns all of it. */
  private static String drip(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    socket.setSoTimeout(20);
    for (int i = 0; i < TIMEOUT_MS / 20; i++) {
      try {
        int first = in.read();
        socket.setSoTimeout(TIMEOUT_MS);
        return first < 0 ? "" : (char) first + rest(socket);
      } catch (SocketTimeoutException nothingYet) {
        write(socket, "x");
      }
    }
    throw new AssertionError("still served");
  }

  private static void isTimeout(String answer) {
    assertThat(answer)
        .startsWith("HTTP/1.1 408 ")
        .contains("/problems/request-timeout")
        .containsPattern("\"traceId\":\"[0-9a-f]{32}\"");
  }

  @Test
  void slowHeadTimesOut() throws IOException {
    startWithLongIdle();
    try (Socket socket = open("GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")) {
      isTimeout(drip(socket));
    }
  }

  @Test
  void slowHeadAfterAnotherRequestTimesOut() throws IOException {
    startWithLongIdle();
    try (Socket socket = open("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HT")) {
      assertThat(drip(socket)).startsWith("HTTP/1.1 200 ").contains("HTTP/1.1 408 ");
    }
  }

  @Test
  void incompleteHeadTimesOut() throws IOException {
    startWithLongIdle();
    try (Socket socket = open("GET /li")) {
      isTimeout(rest(socket));
    }
  }

  @Test
  void slowBodyTimesOut() throws IOException {
    startWithLongIdle();
    String head =
        "POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: 60000\r\n\r\n{\"name\":\"";
    try (Socket socket = open(head)) {
      isTimeout(drip(socket));
    }
  }

  @Test
  void unreadBodyDoesNotHoldTheConnection() throws IOException {
    startWithLongIdle();
    String head =
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n";
    try (Socket socket = open(head)) {
      assertThat(rest(socket))
          .startsWith("HTTP/1.1 200 ")
          .containsIgnoringCase("connection: close");
    }
  }

  @Test
  void clientThatDoesNotReadIsDisconnected() throws IOException {
    startWithShortIdle();
    List<Socket> deaf = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      deaf.add(open("GET /things/big HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }
    // They use all connections until the server closes them.
    awaitAnswer(
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 ");
    for (Socket socket : deaf) {
      socket.close();
    }
  }

  @Test
  void clientThatSendsAndDoesNotReadIsDisconnected() throws IOException {
    startWithShortIdle();
    for (String more : List.of("G", "\r\n", "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
      try (Socket deaf = open("GET /things/big HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
        awaitDisconnectWhileItSends(deaf, more);
      }
      awaitRoom();
    }
  }

  // It reads nothing, so only a failed write shows that the connection is closed.
  private static void awaitDisconnectWhileItSends(Socket socket, String more) {
    Awaitility.await("<" + more + ">")
        .atMost(Duration.ofMillis(TIMEOUT_MS))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> !isWritten(socket, more));
  }

  private static boolean isWritten(Socket socket, String more) {
    try {
      write(socket, more);
      return true;
    } catch (IOException ended) {
      return false;
    }
  }

  /** Waits until the connection of this request is the only one. */
  private void awaitRoom() throws IOException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS);
    String metrics = "";
    while (!metrics.contains(ONE_CONNECTION) && System.nanoTime() < until) {
      metrics = ask("/metrics");
    }
    assertThat(metrics).contains(ONE_CONNECTION);
  }

  @Test
  void connectionsWithAnIncompleteRequestLineAreReleased() throws IOException {
    startWithShortIdle();
    Socket[] half = openAll(CONNECTIONS, "GET /thi");
    for (Socket socket : half) {
      isTimeout(rest(socket));
    }
    awaitRoom();
    closeAll(half);
  }

  @Test
  void probesAreAnsweredBesideClientsThatDoNotRead() throws IOException {
    startWithLongIdle();
    Socket[] deaf = openAll(CONNECTIONS, "GET /things/big HTTP/1.1\r\nHost: localhost\r\n\r\n");
    for (Socket socket : deaf) {
      assertThat(socket.getInputStream().read()).as("is being answered").isEqualTo('H');
    }
    Socket[] probes = openAll(PROBES, "");
    for (Socket probe : probes) {
      fill(probe, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000));
    }
    for (String path : List.of("/livez", "/readyz", "/metrics")) {
      awaitAnswer(
          "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
          "HTTP/1.1 200 ");
    }
    closeAll(probes);
    closeAll(deaf);
  }

  /** Sends until the server stops reading, because its answers are not read. */
  private static void fill(Socket socket, String requests) {
    AtomicInteger sent = new AtomicInteger();
    Thread sender =
        new Thread(
            () -> {
              try {
                while (true) {
                  write(socket, requests);
                  sent.incrementAndGet();
                }
              } catch (IOException ended) {
                // Closed by the server or by the test.
              }
            });
    sender.setDaemon(true);
    sender.start();
    AtomicInteger before = new AtomicInteger(-1);
    Awaitility.await("reading has stopped")
        .atMost(Duration.ofMillis(TIMEOUT_MS))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> !sender.isAlive() || sent.get() == before.getAndSet(sent.get()));
  }

  @Test
  void idleConnectionIsClosed() throws IOException {
    startWithShortIdle();
    try (Socket socket = open("")) {
      assertThat(rest(socket)).isEmpty();
    }
  }

  @Test
  void connectionsBeyondTheLimitAreAnsweredWithRetryAfter() throws Exception {
    startWithLongIdle();
    Socket[] open = new Socket[CONNECTIONS];
    for (int i = 0; i < open.length; i++) {
      open[i] = open("GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    assertThat(served.await(TIMEOUT_MS, TimeUnit.MILLISECONDS)).isTrue();
    try (Socket oneMore = open("GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
      assertThat(rest(oneMore))
          .startsWith("HTTP/1.1 503 ")
          .contains("\r\nretry-after: ", "/problems/overloaded")
          .containsPattern("\"traceId\":\"[0-9a-f]{32}\"");
    }
    for (Socket socket : open) {
      socket.close();
    }
    awaitAnswer(
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 ");
  }

  private Socket[] openAll(int count, String bytes) throws IOException {
    Socket[] all = new Socket[count];
    for (int i = 0; i < count; i++) {
      all[i] = open(bytes);
    }
    return all;
  }

  private static void closeAll(Socket[] all) throws IOException {
    for (Socket socket : all) {
      socket.close();
    }
  }

  private String ask(String path) throws IOException {
    String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    try (Socket socket = open(request)) {
      return rest(socket);
    }
  }

  @Test
  void idleConnectionsDoNotBlockClients() throws IOException {
    startWithLongIdle();
    for (String nothing :
        List.of(
            "",
            "GET /thi",
            "POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")) {
      Socket[] idle = openAll(3 * (CONNECTIONS + PROBES), nothing);
      for (String path : List.of("/livez", "/readyz", "/metrics", "/things/big")) {
        assertThat(ask(path)).as("%s after %s", path, nothing).startsWith("HTTP/1.1 200 ");
      }
      closeAll(idle);
    }
  }

  @Test
  void longestIdleConnectionIsReplacedFirst() throws IOException {
    startWithLongIdle();
    String keptAlive = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    Socket[] idle = openAll(CONNECTIONS, keptAlive);
    for (Socket socket : idle) {
      assertThat(socket.getInputStream().read()).isEqualTo('H');
    }
    assertThat(ask("/livez")).startsWith("HTTP/1.1 200 ");
    assertThat(rest(idle[0])).as("ended").endsWith("{\"status\":\"UP\"}");
    write(idle[1], keptAlive.replace("localhost", "localhost\r\nConnection: close"));
    assertThat(rest(idle[1])).as("served on").contains("HTTP/1.1 200 ");
    closeAll(idle);
  }

  @Test
  void newConnectionIsNotReplaced() throws IOException {
    unasked = Duration.ofMinutes(1);
    startWithLongIdle();
    Socket[] fresh = openAll(CONNECTIONS, "");
    Socket[] more = openAll(3 * PROBES, "");
    for (String path : List.of("/livez", "/readyz", "/metrics")) {
      assertThat(ask(path)).as(path).startsWith("HTTP/1.1 200 ");
    }
    assertThat(ask("/things/big")).startsWith("HTTP/1.1 503 ").contains("/problems/overloaded");
    for (Socket socket : fresh) {
      write(socket, "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      assertThat(rest(socket)).startsWith("HTTP/1.1 200 ");
    }
    closeAll(more);
  }

  @Test
  void probesAreAnsweredWhileAllConnectionsAreInUse() throws Exception {
    startWithLongIdle();
    Socket[] busy = openAll(CONNECTIONS, "GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertThat(served.await(TIMEOUT_MS, TimeUnit.MILLISECONDS)).isTrue();
    Socket[] idle = openAll(3 * PROBES, "");
    for (String path : List.of("/livez", "/readyz", "/metrics")) {
      assertThat(ask(path)).as(path).startsWith("HTTP/1.1 200 ");
    }
    assertThat(ask("/things"))
        .startsWith("HTTP/1.1 503 ")
        .contains("/problems/overloaded", "\r\nretry-after: ");
    held.complete();
    for (Socket socket : busy) {
      assertThat(socket.getInputStream().read()).as("not disconnected").isEqualTo('H');
    }
    // The busy connections have just become idle, and are not replaced for a moment.
    awaitAnswer(
        "GET /things/big HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 ");
    closeAll(idle);
    closeAll(busy);
  }

  private void awaitAnswer(String request, String expected) throws IOException {
    String answer = "";
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS);
    while (!answer.startsWith(expected) && System.nanoTime() < until) {
      try (Socket socket = open(request)) {
        answer = rest(socket);
      } catch (SocketException reset) {
        answer = "";
      }
    }
    assertThat(answer).startsWith(expected);
  }

  @Test
  void stoppingServerReportsNotReadyAndCompletesRequestsInFlight() throws Exception {
    String deployment = start(Duration.ofSeconds(60), Duration.ofSeconds(3));
    try (Socket inFlight = open("GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
      begun.future().await(TIMEOUT_MS, TimeUnit.MILLISECONDS);

      Future<Void> stopped = vertx.undeploy(deployment);
      awaitAnswer(
          "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 503 ");
      awaitRefusal();
      assertThat(stopped.isComplete()).isFalse();

      held.complete();
      assertThat(rest(inFlight))
          .startsWith("HTTP/1.1 200 ")
          .containsIgnoringCase("connection: close")
          .endsWith("{}");
      stopped.await(TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }
  }

  /** Waits until connections are refused. One in the backlog of the listener is reset instead. */
  private void awaitRefusal() throws IOException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS);
    while (System.nanoTime() < until) {
      try (Socket socket = open("")) {
        assertThat(socket.isConnected()).isTrue();
      } catch (ConnectException refused) {
        return;
      } catch (SocketException reset) {
        assertThat(reset).hasMessageContaining("reset");
      }
    }
    throw new AssertionError("still accepts connections");
  }
}
