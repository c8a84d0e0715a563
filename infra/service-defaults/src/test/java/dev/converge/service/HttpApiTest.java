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

  record Thing(String name) {
    static Thing from(BodyObject body) {
      return new Thing(body.faults().required("/name", body.text("name"), ""));
    }
  }

  @BeforeAll
  static void start() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    HttpApi api =
        new HttpApi(
                "127.0.0.1",
                port,
                TELEMETRY,
                "openapi/things.json",
                () -> ready,
                HttpApiTest::routes)
            .allowingHosts(List.of("things-service", "things.example:8443"));
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
                HttpApi.answer(request, 201, JsonBody.write(JsonBody.read(request, Thing::from))));
    router
        .post("/things/:thing/act")
        .handler(request -> HttpApi.answer(request, 202, "{\"acted\":true}"));
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/things/",
        "/things?limit=1#x",
        "//things",
        "/things//",
        "//things//x/act",
        "/things//act",
        "/./things",
        "/things/.",
        "/things/..",
        "/things/%2e%2e",
        "/x/../things",
        "/x/%2E%2e/things",
        "/things/../things/x/act",
        "/%74hings",
        "/thing%73",
        "/things%2Fx",
        "/things%2fx/act",
        "/things/x%00",
        "/things/x%5C..",
        "/things/x\\..",
        "/things;a=b",
        "/things/x;a=b/act",
        "/things%3Ba=b",
        "/things/%20",
        "/things/caf%C3%A9",
        "/things/\u00e9",
        "/things#x",
        "/Things",
        "/THINGS/x/act",
        "/livez/",
        "//livez",
        "/%6civez",
        "/metrics;x",
        "/problems//not-found",
        "/",
        "//",
        "things",
        "localhost:80",
        "https://localhost/things",
        "ftp://localhost/things",
        "http:///things",
        "http://localhost",
        "http://localhost/",
        "http://localhost//things",
        "http://localhost?x=/things",
        "http://a@localhost/things"
      })
  void aPathHasOneFormAndEveryOtherIsNotFound(String target) throws IOException {
    for (String method : new String[] {"GET", "POST", "DELETE", "HEAD", "OPTIONS"}) {
      String answer = send(method + " " + target + " HTTP/1.1", "Host: localhost", "");
      assertThat(answer).as(method).startsWith("HTTP/1.1 404 ");
    }
  }

  @Test
  void aTargetMayNameItsHost() throws IOException {
    assertThat(get("http://localhost/things?limit=1")).startsWith("HTTP/1.1 200 ");
    assertThat(get("HTTP://127.0.0.1:80/things")).startsWith("HTTP/1.1 200 ");
    isProblem(get("http://shop.example/things"), 421, "misdirected-request");
  }

  @Test
  void theHostOfATargetTakesThePlaceOfHost() throws IOException {
    String target = "http://localhost./things";
    assertThat(send("GET " + target + " HTTP/1.1", "Host: evil.example", ""))
        .startsWith("HTTP/1.1 200 ");
    isProblem(
        send("GET http://evil.example/things HTTP/1.1", "Host: localhost", ""),
        421,
        "misdirected-request");
    for (String host : new String[] {"", "Host: a b", "Host: localhost\nHost: localhost"}) {
      isProblem(send("GET " + target + " HTTP/1.1", host, ""), 400, "invalid-request");
    }
    String act = "POST http://localhost:8080/things/x/act HTTP/1.1";
    assertThat(send(act, "Host: evil.example\nOrigin: http://localhost:8080", ""))
        .startsWith("HTTP/1.1 202 ");
    isProblem(
        send(act, "Host: evil.example\nOrigin: http://evil.example", ""),
        403,
        "cross-site-request");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [::1]                   | http://[0:0:0:0:0:0:0:1]
          [0:0:0:0:0:0:0:1]:8080  | http://[::1]:8080
          [::ffff:127.0.0.1]:8080 | http://127.0.0.1:8080
          things.example.:8443    | http://THINGS.example:8443
          """)
  void anOriginIsThatOfTheHostHoweverTheTwoAreWritten(String host, String origin)
      throws IOException {
    String headers = "Host: " + host + "\nOrigin: " + origin;
    assertThat(send("POST /things/x/act HTTP/1.1", headers, "")).startsWith("HTTP/1.1 202 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /things/x/act                      | things.example:8443 | https://things.example:8443 | 202
          /things/x/act                      | localhost           | https://localhost:443       | 202
          /things/x/act                      | localhost:80        | https://localhost           | 403
          /things/x/act                      | localhost:8080      | https://localhost           | 403
          /things/x/act                      | localhost:443       | http://localhost            | 403
          http://localhost/things/x/act      | localhost           | https://localhost           | 403
          http://localhost:8443/things/x/act | localhost:8443      | https://localhost:8443      | 403
          http://localhost/things/x/act      | localhost           | http://localhost            | 202
          """)
  void originMayBeHttpsUnlessTheTargetIsHttp(String target, String host, String origin, int status)
      throws IOException {
    String headers = "Host: " + host + "\nOrigin: " + origin;
    assertThat(send("POST " + target + " HTTP/1.1", headers, ""))
        .startsWith("HTTP/1.1 " + status + " ");
  }

  @Test
  void optionsOfTheServerListWhatAllOfItsPathsTake() throws IOException {
    assertThat(send("OPTIONS * HTTP/1.1", "Host: localhost", ""))
        .startsWith("HTTP/1.1 204 ")
        .containsIgnoringCase("\r\nallow: GET, HEAD, OPTIONS, POST\r\n")
        .endsWith("\r\n\r\n");
    isProblem(send("OPTIONS * HTTP/1.1", "Host: evil.example", ""), 421, "misdirected-request");
    for (String request : new String[] {"GET *", "POST *", "OPTIONS /*", "GET /*", "OPTIONS *?a"}) {
      isProblem(send(request + " HTTP/1.1", "Host: localhost", ""), 404, "not-found");
    }
    assertThat(get("/metrics"))
        .contains("method=\"OPTIONS\",route=\"*\"")
        .doesNotContain("route=\"/*\"");
  }

  @Test
  void noTunnelIsMade() throws IOException {
    String connect = send("CONNECT localhost:8080 HTTP/1.1", "Host: localhost:8080", "");
    isProblem(connect, 405, "method-not-allowed");
    assertThat(connect).containsIgnoringCase("\r\nallow: GET, HEAD, OPTIONS, POST\r\n");
    isProblem(
        send("CONNECT evil.example:443 HTTP/1.1", "Host: evil.example:443", ""),
        421,
        "misdirected-request");
    for (String target : new String[] {"localhost", "localhost:", "localhost:0", "*", "a@b:1"}) {
      isProblem(
          send("CONNECT " + target + " HTTP/1.1", "Host: localhost", ""), 400, "invalid-request");
    }
  }

  @Test
  void everyRouteHasOneNameInTheMetricsAndWhatHasNoneHasOneToo() throws IOException {
    assertThat(get("/things/x")).startsWith("HTTP/1.1 404 ");
    assertThat(send("DELETE /things/x HTTP/1.1", "Host: localhost", ""))
        .startsWith("HTTP/1.1 405 ");
    assertThat(get("/nowhere")).startsWith("HTTP/1.1 404 ");
    assertThat(get("/nowhere/else")).startsWith("HTTP/1.1 404 ");
    String metrics = get("/metrics");
    assertThat(metrics)
        .contains("method=\"DELETE\",route=\"/things/{thing}\"", "route=\"_OTHER\"")
        .doesNotContain("route=\"\"", "nowhere");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/things",
        "/things/x",
        "/livez",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/problems/not-found"
      })
  void headIsAnsweredAsGetWithoutTheBody(String path) throws IOException {
    String head = send("HEAD " + path + " HTTP/1.1", "Host: localhost", "");
    String whole = get(path);
    int end = whole.indexOf("\r\n\r\n") + 4;
    assertThat(head).endsWith("\r\n\r\n");
    assertThat(withoutWhatDiffers(head)).isEqualTo(withoutWhatDiffers(whole.substring(0, end)));
    int length = whole.substring(end).getBytes(StandardCharsets.UTF_8).length;
    if (!path.equals("/metrics")) {
      assertThat(head).contains("content-length: " + length + "\r\n");
    }
  }

  private static List<String> withoutWhatDiffers(String head) {
    return head.lines()
        .filter(line -> !line.matches("(?i)(x-trace-id|date): .*"))
        .map(line -> line.replaceAll("(content-length: )\\d+$", "$1n"))
        .sorted()
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /things       | GET, HEAD, OPTIONS, POST
          /things/x     | GET, HEAD, OPTIONS
          /things/x/act | OPTIONS, POST
          /livez        | GET, HEAD, OPTIONS
          /metrics      | GET, HEAD, OPTIONS
          """)
  void optionsAndARefusedMethodListWhatAPathTakes(String path, String allowed) throws IOException {
    String options = send("OPTIONS " + path + " HTTP/1.1", "Host: localhost", "");
    assertThat(options)
        .startsWith("HTTP/1.1 204 ")
        .containsIgnoringCase("\r\nallow: " + allowed + "\r\n")
        .doesNotContainIgnoringCase("\r\ncontent-length", "\r\ncontent-type")
        .endsWith("\r\n\r\n");
    String refused = send("PATCH " + path + " HTTP/1.1", "Host: localhost", "");
    isProblem(refused, 405, "method-not-allowed");
    assertThat(refused).containsIgnoringCase("\r\nallow: " + allowed + "\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST:1",
        "localhost:",
        "127.0.0.1",
        "127.0.0.1:8080",
        "127.9.8.7",
        "[::1]",
        "[::1]:99",
        "[0:0:0:0:0:0:0:1]",
        "localhost.",
        "LocalHost.:8080",
        "127.0.0.1.",
        "[0000:0000:0000:0000:0000:0000:0000:0001]:8080",
        "[::0.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::FFFF:7F00:1]:8080",
        "things-service",
        "things-service.",
        "Things.Example.:8443",
        "things-service:4",
        "things.example:8443"
      })
  void answersForItsOwnHosts(String host) throws IOException {
    assertThat(send("GET /things HTTP/1.1", "Host: " + host, "")).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost..",
        ".localhost",
        "0.0.0.0",
        "192.168.0.1",
        "128.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "[::]",
        "[::2]",
        "[::ffff:10.0.0.1]",
        "things.example",
        "things.example:8444",
        "localhost%00"
      })
  void answersForNoOtherHostWhateverIsAsked(String host) throws IOException {
    for (String path :
        List.of("/things", "/livez", "/readyz", "/metrics", "/openapi.json", "/no")) {
      String answer = send("GET " + path + " HTTP/1.1", "Host: " + host, "");
      isProblem(answer, 421, "misdirected-request");
      assertThat(answer).doesNotContain(host.toLowerCase(Locale.ROOT));
    }
    String headers = "Host: " + host + "\nContent-Type: application/json\nContent-Length: 12";
    isProblem(
        send("POST /things HTTP/1.1", headers, "{\"name\":\"a\"}"), 421, "misdirected-request");
    assertThat(send("GET /things HTTP/1.0", "Host: " + host, "")).startsWith("HTTP/1.0 421 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost/", "a@localhost", "localhost:x", "localhost:99999", "localhost:-1", "[::1",
        "::1", "[::g]", "[fe80::1%25eth0]", "localhost, localhost", "\"localhost\"", "<localhost>"
      })
  void refusesAHostThatIsNone(String host) throws IOException {
    isProblem(send("GET /things HTTP/1.1", "Host: " + host, ""), 400, "invalid-request");
    assertThat(send("GET /things HTTP/1.0", "Host: " + host, "")).startsWith("HTTP/1.0 400 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Sec-Fetch-Site: cross-site            | 403
          Sec-Fetch-Site: same-site             | 403
          Sec-Fetch-Site: anything              | 403
          Sec-Fetch-Site: Same-Origin           | 403
          Sec-Fetch-Site: same-origin           | 202
          Sec-Fetch-Site: none                  | 202
          Origin: null                          | 403
          Origin: http://evil.example           | 403
          Origin: http://localhost:3000         | 403
          Origin: http://localhost.evil.example | 403
          Origin: http://localhost/             | 403
          Origin: http://localhost@evil.example | 403
          Origin: https://localhost             | 202
          Origin: file://                       | 403
          Origin: chrome-extension://localhost  | 403
          Origin: localhost                     | 403
          Origin: http://localhost http://evil.example | 403
          Origin: http://localhost              | 202
          Origin: http://LOCALHOST:80           | 202
          Origin: http://localhost.             | 202
          Origin: http://localhost..            | 403
          """)
  void noPageOfAnotherSiteWrites(String header, int status) throws IOException {
    String answer = send("POST /things/x/act HTTP/1.1", "Host: localhost\n" + header, "");
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    if (status == 403) {
      isProblem(answer, 403, "cross-site-request");
    }
    assertThat(get("/things", header)).as("it may read").startsWith("HTTP/1.1 200 ");
  }

  @Test
  void ofTwoOriginsNoneIsTaken() throws IOException {
    String headers = "Host: localhost\nOrigin: http://localhost\nOrigin: http://evil.example";
    isProblem(send("POST /things/x/act HTTP/1.1", headers, ""), 403, "cross-site-request");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/json                              | 201
          Application/JSON                              | 201
          application/json;                             | 201
          application/json ;                            | 201
          application/json;;                            | 201
          application/json; charset=utf-8               | 201
          application/json;charset=UTF-8;               | 201
          application/json; charset="utf-8"             | 201
          application/json; charset="ut\\f-8"           | 201
          application/json;foo=bar                      | 201
          application/json; foo="a;b, charset=latin1"   | 201
          application/json; charset=latin1              | 415
          application/json; charset=utf-8; charset=utf-16 | 415
          application/json; charset                     | 415
          application/json; charset=                    | 415
          application/json; charset =utf-8              | 415
          application/json; foo="bar                    | 415
          application/json; =bar                        | 415
          app lication/j son                            | 415
          application /json                             | 415
          application/ json                             | 415
          application/json, application/json            | 415
          application/json text/plain                   | 415
          application/jsonx                             | 415
          application/                                  | 415
          /json                                         | 415
          text/plain                                    | 415
          application/x-www-form-urlencoded             | 415
          multipart/form-data; boundary=x               | 415
          """)
  void aContentTypeIsReadByItsGrammar(String type, int status) throws IOException {
    String headers = "Host: localhost\nContent-Length: 12\nContent-Type: " + type;
    String answer = send("POST /things HTTP/1.1", headers, "{\"name\":\"a\"}");
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    if (status == 415) {
      isProblem(answer, 415, "unsupported-media-type");
      String without = "Host: localhost\nContent-Length: 0\nContent-Type: " + type;
      isProblem(send("POST /things/x/act HTTP/1.1", without, ""), 415, "unsupported-media-type");
    }
  }

  @Test
  void aBodyWithoutATypeIsRefusedAlsoWhereNoneIsRead() throws IOException {
    for (String path : List.of("/things", "/things/x/act")) {
      String answer =
          send("POST " + path + " HTTP/1.1", "Host: localhost\nContent-Length: 2", "{}");
      isProblem(answer, 415, "unsupported-media-type");
    }
    String packed =
        "Host: localhost\nContent-Type: application/json\nContent-Encoding: gzip\nContent-Length: 2";
    isProblem(send("POST /things/x/act HTTP/1.1", packed, "{}"), 415, "unsupported-media-type");
    assertThat(send("POST /things/x/act HTTP/1.1", "Host: localhost", ""))
        .startsWith("HTTP/1.1 202 ");
    assertThat(send("POST /things/x/act HTTP/1.1", "Host: localhost\nContent-Length: 0", ""))
        .startsWith("HTTP/1.1 202 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          text/html;x="a, application/json"       | 406
          text/html;x=",", application/json       | 200
          application/json;q=1.000                | 200
          application/json;q=2                    | 406
          application/json;q=-1                   | 406
          application/json;q=0.1234               | 406
          application/json;q=                     | 406
          application/json;q="0"                  | 406
          application/json;Q=0                    | 406
          application/json; charset=utf-8         | 200
          , ,application/json,                    | 200
          app lication/json                       | 406
          application/json;v=1;q=0, */*           | 200
          */json                                  | 406
          *                                       | 406
          ;                                       | 406
          """)
  void anAcceptIsReadByItsGrammar(String accept, int status) throws IOException {
    assertThat(get("/things", "Accept: " + accept)).startsWith("HTTP/1.1 " + status + " ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c zz",
        "\tc",
        " c",
        "c ",
        "c\t",
        "c ;a",
        "c; a",
        "0xc",
        "+c",
        "-c",
        "0c h",
        "c,c",
        "c\u000b",
        "c;",
        "c;a=",
        "c;a=\"b",
        "c;a=b c",
        "c;=b",
        "c;a=\"\u0001\"",
        ";a",
        "\"c\"",
        "\u00e9c",
        "0000000000000000c",
        "80000000c",
        "ffffffffffffffff"
      })
  void refusesAChunkWhoseSizeIsInDoubt(String size) throws IOException {
    isRefusedChunk(size + "\r\n{\"name\":\"a\"}\r\n0\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c\n{\"name\":\"a\"}\r\n0\r\n\r\n",
        "c\r{\"name\":\"a\"}\r\n0\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\n0\r\n\r\n",
        "c\r\n{\"name\":\"a\"}0\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n\r\n0\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0 zz\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n00 \r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nX Y: z\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nX : z\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nX: z\r\n folded\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nno colon\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nX: \u0001\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nX: z\n\r\n"
      })
  void refusesChunksWhoseEndIsInDoubt(String body) throws IOException {
    isRefusedChunk(body);
  }

  private static void isRefusedChunk(String body) throws IOException {
    String head = "Host: localhost\nContent-Type: application/json\nTransfer-Encoding: chunked\n";
    String hidden = "GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n";
    String answer = send("POST /things HTTP/1.1", head, body + hidden);
    isProblem(answer, 400, "invalid-request");
    assertThat(answer.split("HTTP/1.1 ", -1)).as("one answer").hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c\r\n{\"name\":\"a\"}\r\n0\r\n\r\n",
        "C\r\n{\"name\":\"a\"}\r\n0\r\n\r\n",
        "000c\r\n{\"name\":\"a\"}\r\n000\r\n\r\n",
        "5\r\n{\"nam\r\n7\r\ne\":\"a\"}\r\n0\r\n\r\n",
        "c;a\r\n{\"name\":\"a\"}\r\n0;b=c\r\n\r\n",
        "c;a=b;c=\"d; \\\"e\"\r\n{\"name\":\"a\"}\r\n0\r\n\r\n",
        "c\r\n{\"name\":\"a\"}\r\n0\r\nX-Sum: 5 6\r\nY:\r\n\r\n"
      })
  void takesChunksByTheirGrammarHoweverTheyArrive(String body) throws Exception {
    String head =
        """
        POST /things HTTP/1.1\r
        Host: localhost\r
        Content-Type: application/json\r
        Transfer-Encoding: chunked\r
        """;
    String next = "GET /things HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    String whole = head + "\r\n" + body + next;
    assertThat(exchange(whole).split("HTTP/1.1 20[01] ", -1)).hasSize(3);
    LOG.list.clear();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      socket.setTcpNoDelay(true);
      for (byte b : whole.getBytes(StandardCharsets.ISO_8859_1)) {
        socket.getOutputStream().write(b);
      }
      String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answers.split("HTTP/1.1 20[01] ", -1)).as("byte by byte").hasSize(3);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET  /things HTTP/1.1\r\n",
        "GET /things  HTTP/1.1\r\n",
        "GET\t/things HTTP/1.1\r\n",
        "GET /things\tHTTP/1.1\r\n",
        "GET /things\u000bHTTP/1.1\r\n",
        "GET\u000c/things HTTP/1.1\r\n",
        "GET\r/things HTTP/1.1\r\n",
        " GET /things HTTP/1.1\r\n",
        "\tGET /things HTTP/1.1\r\n",
        "\u0000GET /things HTTP/1.1\r\n",
        "\u0001\u0002GET /things HTTP/1.1\r\n",
        "\nGET /things HTTP/1.1\r\n",
        "\rGET /things HTTP/1.1\r\n",
        "GET /things HTTP/1.1 \r\n",
        "GET /things HTTP/1.1\t\r\n",
        "GET /things x HTTP/1.1\r\n",
        "GET /things HTTP/1.1\n",
        "GET /things\r\n",
        "GET /things HTTP/1.1\r\nX: a\r\n b\r\n",
        "GET /things HTTP/1.1\r\nX: a\r\n\tb\r\n",
        "GET /things HTTP/1.1\r\n X: a\r\n",
        "GET /things HTTP/1.1\r\nX: a\n",
        "GET /things HTTP/1.1\r\nX: a\u0001b\r\n",
        "GET /things HTTP/1.1\r\nX: a\u007fb\r\n",
        "GET /things HTTP/1.1\r\nX: a\rb\r\n",
        "GET /things HTTP/1.1\r\nSec-WebSocket-Key1: a\r\nSec-WebSocket-Key2: b\r\n"
      })
  void refusesAHeadThatOthersMayReadOtherwise(String begin) throws IOException {
    isProblem(
        exchange(begin + "Host: localhost\r\nConnection: close\r\n\r\n"), 400, "invalid-request");
  }

  @Test
  void emptyLinesBeforeARequestAreSkipped() throws IOException {
    String request = "GET /things HTTP/1.1\r\nHost: localhost\r\n";
    assertThat(exchange("\r\n\r\n" + request + "Connection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ");
    String twice = request + "\r\n\r\n" + request + "Connection: close\r\n\r\n";
    assertThat(exchange(twice).split("HTTP/1.1 200 ", -1)).hasSize(3);
  }

  @Test
  void closeIsSeenAmongTheOptionsOfAConnection() throws IOException {
    assertThat(exchange("GET /things HTTP/1.1\r\nHost: localhost\r\nConnection: x, Close\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ")
        .containsIgnoringCase("\r\nconnection: close\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /things HTTP/1.1\r\nHost: localhost\r\n",
        "HEAD /things HTTP/1.1\r\nHost: localhost\r\n",
        "OPTIONS /things HTTP/1.1\r\nHost: localhost\r\n",
        "POST /things/x/act HTTP/1.1\r\nHost: localhost\r\n",
        "GET /livez HTTP/1.1\r\nHost: localhost\r\n",
        "GET /readyz HTTP/1.1\r\nHost: localhost\r\n",
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\n",
        "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n",
        "GET /problems/not-found HTTP/1.1\r\nHost: localhost\r\n",
        "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n",
        "GET * HTTP/1.1\r\nHost: localhost\r\n",
        "GET ? HTTP/1.1\r\nHost: localhost\r\n",
        "GET /things HTTP/1.1\r\nHost: evil.example\r\n",
        "GET /things HTTP/1.1\r\n",
        "DELETE /things HTTP/1.1\r\nHost: localhost\r\n",
        "BREW /things HTTP/1.1\r\nHost: localhost\r\n",
        "POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n",
        "POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n",
        "GET /things HTTP/3.0\r\n",
        "no request\r\n"
      })
  void everyAnswerHasItsDateAndItsTypeIsNotToBeGuessed(String head) throws IOException {
    String answer = exchange(head + "Connection: close\r\n\r\n");
    assertThat(answer)
        .containsPattern(
            "\r\n(?i:date): (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT\r\n")
        .containsIgnoringCase("\r\nx-content-type-options: nosniff\r\n");
    if (!answer.startsWith("HTTP/1.1 204 ")) {
      assertThat(answer)
          .containsPattern(
              answer.startsWith("HTTP/1.1 2")
                  ? "\r\n(?i:content-type): (application/json|text/plain; version=0.0.4; charset=utf-8)\r\n"
                  : "\r\n(?i:content-type): application/problem\\+json\r\n");
    }
  }

  @Test
  void whyAServiceIsNotReadySaysNothingOfItsInsides() throws IOException {
    ready =
        Future.failedFuture(
            new java.net.ConnectException("Connection refused: db.internal/10.1.2.3:5432"));
    try {
      assertThat(get("/readyz"))
          .startsWith("HTTP/1.1 503 ")
          .endsWith("{\"status\":\"DOWN\",\"reason\":\"database: not available\"}");
      ready = Future.failedFuture(VertxException.noStackTrace("Timeout waiting for connection"));
      assertThat(get("/readyz")).endsWith("\"reason\":\"database: no connection in time\"}");
    } finally {
      ready = Future.succeededFuture();
    }
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
