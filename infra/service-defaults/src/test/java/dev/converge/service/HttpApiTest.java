package dev.converge.service;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.Future;
import io.vertx.core.Promise;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Goal: whatever a client sends is answered as HTTP has it, never as a fault of ours. Method:
 * requests as bytes, to a server with two routes of its own; the log is read along.
 */
class HttpApiTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Telemetry TELEMETRY = Telemetry.start("things", Map.of());
  private static final ListAppender<ILoggingEvent> LOG = new ListAppender<>();
  private static final Promise<Void> NEVER = Promise.promise();
  private static int port;
  private static Future<Void> ready = Future.succeededFuture();

  record Thing(String name) {}

  @BeforeAll
  static void start() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    HttpApi api =
        new HttpApi(
            "127.0.0.1", port, TELEMETRY, "openapi/things.json", () -> ready, HttpApiTest::routes);
    VERTX.deployVerticle(api).await();
    LOG.start();
    rootLogger().addAppender(LOG);
  }

  @AfterAll
  static void stop() {
    rootLogger().detachAppender(LOG);
    VERTX.close().await();
    TELEMETRY.stop();
  }

  private static Logger rootLogger() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private static void routes(Router router) {
    router
        .get("/things")
        .handler(
            request ->
                HttpApi.answer(
                    request, 200, "{\"limit\":\"" + request.request().getParam("limit") + "\"}"));
    router
        .post("/things")
        .handler(
            request ->
                HttpApi.answer(request, 201, JsonBody.write(JsonBody.read(request, Thing.class))));
    router
        .get("/things/:thing")
        .handler(
            request ->
                request.fail(
                    request.pathParam("thing").equals("hung")
                        ? VertxException.noStackTrace("Timeout")
                        : Problem.of(ProblemType.NOT_FOUND, "no such thing")));
  }

  private static String get(String target, String... headers) throws IOException {
    return send(
        "GET " + target + " HTTP/1.1", "Host: localhost\n" + String.join("\n", headers), "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\ntraceparent: "
            + "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      })
  void aTraceThatIsNotValidBeginsANewOne(String traceparent) throws IOException {
    String trace = header(get("/things", "traceparent: " + traceparent), "x-trace-id");

    assertThat(trace)
        .matches("[0-9a-f]{32}")
        .isNotIn("4bf92f3577b34da6a3ce929d0e0e4736", "0".repeat(32));
  }

  @Test
  void aTraceIsContinuedAlsoOfALaterVersion() throws IOException {
    String rest = "-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (String traceparent : List.of("00" + rest, "cc" + rest + "-what-comes-later")) {
      assertThat(header(get("/things", "traceparent: " + traceparent), "x-trace-id"))
          .isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    }
  }

  private static String header(String answer, String name) {
    return answer
        .lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElse("(none)");
  }

  private static String send(String requestLine, String headers, String body) throws IOException {
    String lines =
        headers
            .lines()
            .filter(line -> !line.isBlank())
            .map(l -> l + "\r\n")
            .reduce("", String::concat);
    return exchange(requestLine + "\r\n" + lines + "Connection: close\r\n\r\n" + body);
  }

  /** The whole answer; the server closes the connection after it. */
  private static String exchange(String request) throws IOException {
    LOG.list.clear();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(LOG.list)
          .filteredOn(line -> line.getLevel().isGreaterOrEqual(Level.ERROR))
          .isEmpty();
      return answer;
    }
  }

  private static void isProblem(String answer, int status, String slug) {
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    assertThat(answer.toLowerCase(Locale.ROOT)).contains("content-type: application/problem+json");
    assertThat(answer).contains("\"/problems/" + slug + "\"");
    assertThat(answer).containsPattern("\"traceId\":\"[0-9a-f]{32}\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/things?limit=%zz", "/things?%%%", "/things/1?a=%", "/livez?%zz", "/readyz?%zz",
        "/metrics?%zz", "/openapi.json?%zz", "/problems/x?%zz", "/nowhere?%zz", "/things/%zz"
      })
  void refusesWhatIsNotPercentEncoded(String target) throws IOException {
    isProblem(get(target), 400, "invalid-request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/things", "/livez", "/readyz", "/metrics", "/openapi.json", "/nowhere"})
  void refusesARequestWithoutOneValidHost(String target) throws IOException {
    for (String host : new String[] {"", "Host: a b", "Host: a\nHost: b"}) {
      isProblem(send("GET " + target + " HTTP/1.1", host, ""), 400, "invalid-request");
    }
    assertThat(send("GET /things HTTP/1.0", "", "")).startsWith("HTTP/1.0 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/x-www-form-urlencoded",
        "APPLICATION/X-WWW-FORM-URLENCODED; charset=utf-8",
        "multipart/form-data; boundary=x",
        "multipart/form-data"
      })
  void refusesAFormBeforeItIsTakenApart(String type) throws IOException {
    String headers = "Host: localhost\nContent-Type: " + type + "\nContent-Length: 5";
    isProblem(send("POST /things HTTP/1.1", headers, "%zz=%"), 415, "unsupported-media-type");
  }

  @Test
  void refusesARequestOfTwoLengths() throws IOException {
    String headers =
        """
        Host: localhost
        Content-Type: application/json
        Content-Length: 12
        Transfer-Encoding: chunked
        """;
    String body = "c\r\n{\"name\":\"a\"}\r\n0\r\n\r\n";
    isProblem(send("POST /things HTTP/1.1", headers, body), 400, "invalid-request");

    String one = headers.replace("Content-Length: 12\n", "");
    assertThat(send("POST /things HTTP/1.1", one, body)).startsWith("HTTP/1.1 201 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: +12",
        "Content-Length: 12, 12",
        "Content-Length: 12\nContent-Length: 12",
        "Content-Length: 0x0c",
        "Content-Length: -1",
        "Content-Length:",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding:\n chunked",
        "Transfer-Encoding : chunked"
      })
  void refusesARequestWhoseLengthIsInDoubt(String length) throws IOException {
    String headers = "Host: localhost\nContent-Type: application/json\n" + length;
    String answer = send("POST /things HTTP/1.1", headers, "{\"name\":\"a\"}GET /things HTTP/1.1");
    isProblem(answer, 400, "invalid-request");
    assertThat(answer.split("HTTP/1.1 ", -1)).as("one answer").hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {": x", "X Y: z", "X(: z", "X\u00e9: z", "X\u0000: z", "no colon", "X\t: z"})
  void refusesAHeaderWithoutAProperName(String header) throws IOException {
    isProblem(get("/things", header), 400, "invalid-request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "http/1.1", "ICAP/1.0"})
  void speaksHttp11And10AndNothingElse(String version) throws IOException {
    isProblem(send("GET /things " + version, "Host: localhost", ""), 400, "invalid-request");
  }

  @Test
  void aBodyWhoseChunksAreNoneIsTheClientsFault() throws IOException {
    String head = "Host: localhost\nContent-Type: application/json\nTransfer-Encoding: chunked\n";
    isProblem(send("POST /things HTTP/1.1", head, "zz\r\n{}\r\n"), 400, "invalid-request");
  }

  @Test
  void aMethodThatAClientMadeUpMakesNoMeterOfItsOwn() throws IOException {
    isProblem(send("MADE-UP /things HTTP/1.1", "Host: localhost", ""), 501, "method-unknown");
    assertThat(get("/metrics")).contains("method=\"_OTHER\"").doesNotContain("MADE-UP");
  }

  @Test
  void doesNotSpeakHttp2InClearText() throws IOException {
    String upgrade =
        """
        Host: localhost
        Upgrade: h2c
        HTTP2-Settings: AAMAAABkAAQAAP__
        Connection: Upgrade, HTTP2-Settings
        """;
    assertThat(send("GET /things HTTP/1.1", upgrade, "")).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      textBlock =
          """
          /things?limit=1         | none
          /things?                | none
          /things?other=1         | other
          /things?limit=1&other=2 | other
          /things?LIMIT=1         | LIMIT
          /things/1?limit=1       | limit
          /things?limit=1&limit=1 | limit
          """)
  void refusesAQueryParameterThatTheDocumentDoesNotList(
      String target, @org.jspecify.annotations.Nullable String unknown) throws IOException {
    String answer = get(target);
    if (unknown == null) {
      assertThat(answer).startsWith("HTTP/1.1 200 ");
    } else {
      isProblem(answer, 400, "invalid-parameter");
      assertThat(answer).contains("\"pointer\":\"" + unknown + "\"");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/json                        | 200
          Application/*;q=0.1                     | 200
          text/html, */*;q=0.8                    | 200
          application/xml                         | 406
          application/problem+json                | 406
          */*, application/json;q=0               | 406
          application/json;q=0.000 , text/*       | 406
          """)
  void answersOnlyWhereJsonIsAdmitted(String accept, int status) throws IOException {
    String answer = get("/things", "Accept: " + accept);
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    if (status == 406) {
      isProblem(answer, 406, "not-acceptable");
    }
    assertThat(get("/livez", "Accept: " + accept)).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void aPathIsMatchedAsItReadsOnceItsDotsAreResolved() throws IOException {
    isProblem(get("/things/%2e%2e"), 404, "not-found");
    isProblem(get("/things/.."), 404, "not-found");
    assertThat(send("DELETE /x/%2e%2e/things HTTP/1.1", "Host: localhost", ""))
        .startsWith("HTTP/1.1 405 ")
        .containsIgnoringCase("allow: GET, POST");
  }

  @Test
  void aDatabaseThatHangsIsUnavailableAndTheServiceNotReady() throws IOException {
    String hung = get("/things/hung");
    isProblem(hung, 503, "unavailable");
    assertThat(hung).containsIgnoringCase("retry-after: ");

    ready = NEVER.future();
    try {
      assertThat(get("/readyz"))
          .startsWith("HTTP/1.1 503 ")
          .containsIgnoringCase("retry-after: ")
          .contains("database: does not answer");
    } finally {
      ready = Future.succeededFuture();
    }
  }
}
