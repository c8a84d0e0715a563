package dev.converge.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.converge.console.view.OrderKind;
import dev.converge.testkit.ContractResources;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: the console shows the platform to every local reader, and changes it only for the holder of
 * the token. Method: plain HTTP, before services, processes and topics of the test.
 */
class ConsoleApiTest {
  private static final ConsoleServer CONSOLE = new ConsoleServer();
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final Duration WITHIN = Duration.ofSeconds(10);

  @AfterAll
  static void close() {
    CONSOLE.close();
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(CONSOLE.url() + path)).timeout(WITHIN);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> write(String method, String path, String body)
      throws IOException, InterruptedException {
    return send(
        request(path)
            .header("X-Converge-Token", ConsoleServer.TOKEN)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  // --- files ---

  @Test
  void pageRunsNoForeignScriptAndIsShownInNoFrame() throws Exception {
    HttpResponse<String> page = send(request("/"));

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("content-type")).contains("text/html; charset=utf-8");
    assertThat(page.headers().firstValue("content-security-policy"))
        .hasValueSatisfying(
            policy ->
                assertThat(policy)
                    .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe"));
    assertThat(page.body()).doesNotContain("style=", "onclick", "<script>");
  }

  @Test
  void everyImportedModuleIsServed() throws Exception {
    for (String name : PageFiles.NAMES) {
      assertThat(send(request("/" + name)).statusCode()).as(name).isEqualTo(200);
    }
    assertThat(send(request("/lit/lit-html.js")).body()).contains("render");
    assertThat(send(request("/lit/directives/repeat.js")).statusCode()).isEqualTo(200);
  }

  @Test
  void unchangedFileIsNotSentAgain() throws Exception {
    String tag = send(request("/app.js")).headers().firstValue("etag").orElseThrow();

    assertThat(send(request("/app.js").header("If-None-Match", tag)).statusCode()).isEqualTo(304);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/console.properties",
        "/openapi/console.json",
        "/logback.xml",
        "/lit/package.json"
      })
  void otherResourcesAreNotServed(String path) throws Exception {
    assertThat(send(request(path)).statusCode()).isEqualTo(404);
  }

  // --- security of the switches ---

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/orders",
        "/api/series",
        "/api/series/stop",
        "/api/orders/0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901/cancel",
        "/api/sagas/0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901/retry",
        "/api/transactions/payment/2pc.0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901.payment/resolve",
        "/api/transactions/payment/2pc.0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901.payment/acknowledge",
        "/api/dead-letters/order/0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901/replay",
        "/api/jobs",
        "/api/chaos",
        "/api/chaos/stop",
        "/api/jobs/1/stop",
        "/api/parts/kafka/kill",
        "/api/parts/kafka/start",
        "/api/parts/kafka/pause",
        "/api/parts/kafka/resume"
      })
  void writeWithoutTheTokenIsRefused(String path) throws Exception {
    List<String> before = List.copyOf(CONSOLE.processes.done);
    for (String token : List.of("", "0123456789abcdef0123456789abcdee")) {
      HttpResponse<String> answer =
          send(
              request(path)
                  .header("X-Converge-Token", token)
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString("{}")));

      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(new JsonObject(answer.body()).getString("type"))
          .isEqualTo("/problems/token-required");
    }
    assertThat(CONSOLE.processes.done).isEqualTo(before);
  }

  @Test
  void writeOfAnotherOriginIsRefused() throws Exception {
    HttpResponse<String> answer =
        send(
            request("/api/parts/kafka/kill")
                .header("X-Converge-Token", ConsoleServer.TOKEN)
                .header("Origin", "http://127.0.0.1:9999")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{}")));

    assertThat(answer.statusCode()).isEqualTo(403);
  }

  @Test
  void formIsRefused() throws Exception {
    HttpResponse<String> answer =
        send(
            request("/api/orders")
                .header("X-Converge-Token", ConsoleServer.TOKEN)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("kind=completes")));

    assertThat(answer.statusCode()).isEqualTo(415);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/app.js", "/api/stream", "/api/access"})
  void foreignHostIsRefused(String path) throws Exception {
    assertThat(raw("GET " + path + " HTTP/1.1", "Host: evil.example")).startsWith("HTTP/1.1 421 ");
  }

  private static String raw(String... lines) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), CONSOLE.port)) {
      socket.setSoTimeout((int) WITHIN.toMillis());
      String head = String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      byte[] answer = socket.getInputStream().readNBytes(64);
      return new String(answer, StandardCharsets.US_ASCII);
    }
  }

  @Test
  void pageLearnsWhetherItsTokenIsRight() throws Exception {
    assertThat(send(request("/api/access")).body()).isEqualTo("{\"writes\":false}");
    assertThat(send(request("/api/access").header("X-Converge-Token", ConsoleServer.TOKEN)).body())
        .isEqualTo("{\"writes\":true}");
  }

  // --- orders ---

  @Test
  void everyKindOfTheDocumentIsPlaced() throws Exception {
    List<String> kinds = Arrays.stream(OrderKind.values()).map(OrderKind::id).sorted().toList();
    List<String> documented = new ArrayList<>();
    ContractResources.document("openapi/console.json")
        .at("/components/schemas/Kind/enum")
        .forEach(kind -> documented.add(kind.asText()));
    assertThat(documented).containsExactlyInAnyOrderElementsOf(kinds);

    for (String kind : kinds) {
      assertThat(write("POST", "/api/orders", "{\"kind\":\"" + kind + "\"}").statusCode())
          .as(kind)
          .isEqualTo(202);
    }
    assertThat(CONSOLE.platform.placed)
        .extracting(body -> body.getString("paymentToken"))
        .contains("tok_ok", "tok_declined", "tok_slow", "tok_unavailable", "tok_answer_lost");
    await().until(() -> CONSOLE.processes.done.contains("start payment-service"));
    assertThat(CONSOLE.processes.done)
        .containsSubsequence("kill payment-service", "start payment-service");
  }

  @Test
  void unknownKindIsRefusedByItsName() throws Exception {
    HttpResponse<String> answer = write("POST", "/api/orders", "{\"kind\":\"free\"}");

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).contains("/kind");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"kind\":\"completes\",\"count\":0,\"perSecond\":1}",
        "{\"kind\":\"completes\",\"count\":2001,\"perSecond\":1}",
        "{\"kind\":\"completes\",\"count\":1,\"perSecond\":101}",
        "{\"kind\":\"payment-killed\",\"count\":2,\"perSecond\":1}"
      })
  void seriesIsBounded(String body) throws Exception {
    assertThat(write("POST", "/api/series", body).statusCode()).isEqualTo(422);
  }

  @Test
  void orderIsShownWithWhatEachServiceKnows() throws Exception {
    String id = CONSOLE.platform.addCharging();

    JsonObject shown = new JsonObject(send(request("/api/orders/" + id)).body());

    assertThat(shown.getJsonObject("order").getJsonObject("next").getString("awaits"))
        .isEqualTo("PaymentCharged");
    assertThat(shown.getJsonObject("saga").getJsonArray("messages")).hasSize(1);
    assertThat(shown.getJsonObject("payment").getInteger("absent")).isEqualTo(404);
  }

  @Test
  void problemOfAServiceIsPassedOnAsItComes() throws Exception {
    HttpResponse<String> answer =
        write(
            "POST",
            "/api/dead-letters/inventory/" + FakePlatform.LETTER + "/replay",
            "{\"operator\":\"grace\",\"reason\":\"try\"}");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).contains(FakePlatform.NOT_HANDLED);
  }

  @Test
  void branchInDoubtIsEndedAsTheOperatorDecides() throws Exception {
    HttpResponse<String> answer =
        write(
            "POST",
            "/api/transactions/payment/" + FakePlatform.IN_DOUBT + "/resolve",
            "{\"decision\":\"ABORT\",\"operator\":\"grace\",\"reason\":\"lost\"}");

    assertThat(answer.body()).contains("ABORTED");
    assertThat(CONSOLE.platform.writes)
        .anyMatch(
            write ->
                write.startsWith("resolve " + FakePlatform.IN_DOUBT)
                    && write.contains("\"decision\":\"ABORT\""));
    assertThat(write("POST", "/api/transactions/moon/x.y/resolve", "{}").statusCode())
        .isEqualTo(404);
    assertThat(write("POST", "/api/transactions/payment/X/resolve", "{}").statusCode())
        .isEqualTo(404);
  }

  @Test
  void jobActsOnEachSagaOfItsSet() throws Exception {
    CONSOLE.platform.needAttention();
    HttpResponse<String> begun =
        write(
            "POST",
            "/api/jobs",
            "{\"action\":\"retry\",\"operator\":\"grace\",\"reason\":\"bulk\",\"sagas\":[{\"orderId\":\""
                + FakePlatform.STUCK_ORDER
                + "\"}],\"judgeAfterSeconds\":1}");

    assertThat(begun.statusCode()).isEqualTo(202);
    int job = new JsonObject(begun.body()).getInteger("job");
    await()
        .until(
            () ->
                CONSOLE.platform.writes.stream()
                    .anyMatch(write -> write.contains("bulk (job " + job + ")")));
    assertThat(write("POST", "/api/jobs/" + job + "/stop", "{}").statusCode()).isEqualTo(202);
    assertThat(write("POST", "/api/jobs/999/stop", "{}").statusCode()).isEqualTo(404);
    assertThat(write("POST", "/api/jobs/x/stop", "{}").statusCode()).isEqualTo(404);
  }

  @Test
  void jobWithoutASetIsRefused() throws Exception {
    assertThat(
            write(
                    "POST",
                    "/api/jobs",
                    "{\"action\":\"retry\",\"operator\":\"g\",\"reason\":\"r\",\"sagas\":[]}")
                .statusCode())
        .isEqualTo(422);
  }

  // --- faults ---

  @Test
  void pauseEndsByItself() throws Exception {
    assertThat(write("POST", "/api/parts/connect/pause", "{\"forSeconds\":1}").statusCode())
        .isEqualTo(202);
    assertThat(CONSOLE.processes.done).contains("pause connect");

    await().until(() -> CONSOLE.processes.done.contains("resume connect"));
  }

  @Test
  void providerBecomesNormalByItself() throws Exception {
    write("PUT", "/api/provider", "{\"behaviour\":\"FAIL\",\"forSeconds\":1}");

    await()
        .until(
            () -> {
              List<String> writes = CONSOLE.platform.writes;
              return writes.indexOf("provider FAIL") >= 0
                  && writes.lastIndexOf("provider NORMAL") > writes.indexOf("provider FAIL");
            });
  }

  @Test
  void partThatCannotBeChangedSaysWhy() throws Exception {
    write("POST", "/api/parts/zipkin/kill", "{}");
    HttpResponse<String> again = write("POST", "/api/parts/zipkin/kill", "{}");
    write("POST", "/api/parts/zipkin/start", "{}");

    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(again.body()).contains("zipkin does not run");
    assertThat(write("POST", "/api/parts/console/kill", "{}").statusCode()).isEqualTo(409);
    assertThat(write("POST", "/api/parts/moon/kill", "{}").statusCode()).isEqualTo(404);
  }

  // --- lab ---

  @Test
  void pageOfTheLabIsListedAndShownWithoutScripts() throws Exception {
    CONSOLE.writeReport("faults", "report.html", "<title>Faults</title><p>well</p>");
    CONSOLE.writeReport("faults", "report.json", "{}");

    JsonObject listed =
        new JsonObject(send(request("/api/reports")).body())
            .getJsonArray("reports")
            .getJsonObject(0);
    assertThat(listed.getString("lab") + " " + listed.getString("title"))
        .isEqualTo("faults Faults");
    HttpResponse<String> page = send(request("/lab/faults/report.html"));

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).contains("well");
    assertThat(page.headers().firstValue("content-security-policy"))
        .hasValueSatisfying(
            policy ->
                assertThat(policy)
                    .contains("default-src 'none'", "sandbox")
                    .doesNotContain("script-src"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/lab/faults/report.json",
        "/lab/faults/missing.html",
        "/lab/bench/report.html",
        "/lab/Faults/report.html",
        "/lab/faults/.report.html"
      })
  void otherFilesOfTheStateFolderAreNotShown(String path) throws Exception {
    CONSOLE.writeReport("faults", "report.json", "{}");
    CONSOLE.writeReport("faults", ".report.html", "hidden");

    assertThat(send(request(path)).statusCode()).isEqualTo(404);
  }

  // --- objectives ---

  @Test
  void objectivesAreShownWithCountsAndTraces() throws Exception {
    CONSOLE.platform.measureOrders();
    HttpResponse<InputStream> page =
        CLIENT.send(request("/api/stream").build(), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream open = page.body()) {
      assertThat(open.read()).isNotNegative();
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(ordersEnd().getInteger("all")).isPositive());
    }

    JsonObject times = ordersEnd().getJsonObject("plot").getJsonObject("times");
    assertThat(ordersEnd().getString("state")).isEqualTo("kept");
    assertThat(times.getJsonArray("traces").encode())
        .contains("http://127.0.0.1:9411/zipkin/traces/" + FakePlatform.TRACE);
  }

  private static JsonObject ordersEnd() throws Exception {
    JsonObject all = new JsonObject(send(request("/api/slo")).body());
    return all.getJsonArray("objectives").stream()
        .map(JsonObject.class::cast)
        .filter(objective -> objective.getString("id").equals("orders-end"))
        .findFirst()
        .orElseThrow();
  }

  // --- stream ---

  private static List<String> events(int most, String... headers) throws Exception {
    HttpRequest.Builder request = request("/api/stream");
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    HttpResponse<InputStream> stream =
        CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    assertThat(stream.headers().firstValue("content-type"))
        .contains("text/event-stream; charset=utf-8");
    List<String> lines = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      int events = 0;
      for (String line = reader.readLine(); line != null && events < most; ) {
        lines.add(line);
        events += line.startsWith("data:") ? 1 : 0;
        line = events < most ? reader.readLine() : null;
      }
    }
    return lines;
  }

  @Test
  void streamBeginsWithTheWholePicture() throws Exception {
    List<String> lines = events(1);

    assertThat(lines).contains("event: hello");
    JsonObject hello = new JsonObject(lines.get(lines.size() - 1).substring("data: ".length()));
    assertThat(hello.getInteger("v")).isEqualTo(1);
    assertThat(hello.getString("mode")).isEqualTo("embedded");
    assertThat(hello.getJsonArray("kinds")).hasSize(OrderKind.values().length);
  }

  @Test
  void streamShowsThePartsSoonAfterItIsOpened() throws Exception {
    assertThat(String.join("\n", events(6))).contains("event: parts", "\"id\":\"order-service\"");
  }

  @Test
  void readerOfAnotherStartGetsTheWholePictureAgain() throws Exception {
    assertThat(events(1, "Last-Event-ID", "other-7")).contains("event: hello");
  }
}
