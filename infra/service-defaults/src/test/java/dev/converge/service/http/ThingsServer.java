package dev.converge.service.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.converge.service.http.json.BodyObject;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.runtime.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * An {@link HttpApi} with four routes of its own, for the tests of one class. Each request is one
 * connection, and fails the test where the server logs an error meanwhile.
 */
final class ThingsServer implements BeforeAllCallback, AfterAllCallback {
  private static final int TIMEOUT_MS = 10_000;

  private final Vertx vertx = Vertx.vertx();
  private final Telemetry telemetry = Telemetry.start("things", Map.of());
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private volatile Future<Void> ready = Future.succeededFuture();
  private int port;

  record Thing(String name) {
    static Thing from(BodyObject body) {
      return new Thing(body.faults().required("/name", body.text("name"), ""));
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    HttpApi api =
        new HttpApi(
                new HttpConfig("127.0.0.1", port, List.of("things-service", "things.example:8443")),
                telemetry,
                "openapi/things.json",
                ThingsServer::routes)
            .checkingReadiness(() -> ready);
    vertx.deployVerticle(api).await();
    log.start();
    rootLogger().addAppender(log);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    rootLogger().detachAppender(log);
    vertx.close().await();
    telemetry.stop();
  }

  private static Logger rootLogger() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private static void routes(Router router) {
    router
        .get("/things")
        .handler(
            request ->
                Answers.json(
                    request, 200, "{\"limit\":\"" + request.request().getParam("limit") + "\"}"));
    router
        .post("/things")
        .handler(
            request ->
                Answers.json(request, 201, JsonBody.write(JsonBody.read(request, Thing::from))));
    router
        .post("/things/:thing/act")
        .handler(request -> Answers.json(request, 202, "{\"acted\":true}"));
    router
        .get("/things/:thing")
        .handler(
            request ->
                request.fail(
                    request.pathParam("thing").equals("hung")
                        ? VertxException.noStackTrace("Timeout")
                        : Problem.of(ProblemType.NOT_FOUND, "no such thing")));
  }

  /** Sets the result of the server's readiness check. */
  void setReady(Future<Void> ready) {
    this.ready = ready;
  }

  String get(String target, String... headers) throws IOException {
    return send(
        "GET " + target + " HTTP/1.1", "Host: localhost\n" + String.join("\n", headers), "");
  }

  String send(String requestLine, String headers, String body) throws IOException {
    String lines =
        headers
            .lines()
            .filter(line -> !line.isBlank())
            .map(l -> l + "\r\n")
            .reduce("", String::concat);
    return exchange(requestLine + "\r\n" + lines + "Connection: close\r\n\r\n" + body);
  }

  /** The whole answer; the server closes the connection after it. */
  String exchange(String request) throws IOException {
    log.list.clear();
    try (Socket socket = open()) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      String answer = answer(socket);
      assertThat(log.list)
          .filteredOn(line -> line.getLevel().isGreaterOrEqual(Level.ERROR))
          .isEmpty();
      return answer;
    }
  }

  /** As {@link #exchange}, with one write for each byte of the request. */
  String exchangeByteByByte(String request) throws IOException {
    try (Socket socket = open()) {
      socket.setTcpNoDelay(true);
      for (byte b : request.getBytes(StandardCharsets.ISO_8859_1)) {
        socket.getOutputStream().write(b);
      }
      return answer(socket);
    }
  }

  private Socket open() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(TIMEOUT_MS);
    return socket;
  }

  private static String answer(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  static String header(String answer, String name) {
    return answer
        .lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElse("(none)");
  }

  static void isProblem(String answer, int status, String slug) {
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    assertThat(answer.toLowerCase(Locale.ROOT)).contains("content-type: application/problem+json");
    assertThat(answer).contains("\"/problems/" + slug + "\"");
    assertThat(answer).containsPattern("\"traceId\":\"[0-9a-f]{32}\"");
  }
}
