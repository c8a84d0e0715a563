package dev.converge.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Goal: the terminal does what the console's page does, and shows what became of it. Method: the
 * real command line against a server with prepared answers, which is the console, the services and
 * the trace UI.
 */
class TerminalCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ID = "0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901";
  private static final String OTHER = "0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a902";
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String TIMELINE =
      """
      [{"version":1,"at":"2026-11-30T12:00:00.100Z","signal":"OrderPlaced","status":"RUNNING",
        "step":"reserve-stock","attempt":1,"sent":"ReserveStock"},
       {"version":2,"at":"2026-11-30T12:00:00.200Z","signal":"StockReserved","status":"RUNNING",
        "step":"charge-payment","attempt":1,"sent":"ChargePayment"}]
      """;
  private static final String DEFINITION =
      """
      {"maxAttempts":12,"steps":[
        {"name":"charge-payment","success":"PaymentCharged","undoReply":"PaymentRefunded"},
        {"name":"ship-stock","success":"StockShipped"}]}
      """;

  /** They start or stop the platform, follow a log, or print what is read by no program. */
  private static final Set<String> WITHOUT_JSON =
      Set.of("demo", "up", "down", "logs", "migrate", "register", "generate-completion", "help");

  private record Reply(int status, String body) {}

  private final Map<String, Reply> replies = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> tokens = new CopyOnWriteArrayList<>();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final HttpServer server = created();
  private final Ports ports = Ports.free();
  @TempDir Path state = Path.of("");

  private static HttpServer created() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeEach
  void start() {
    server.createContext("/", this::answer);
    server.createContext("/api/stream", this::stream);
    server.start();
    int port = server.getAddress().getPort();
    for (Part part : List.of(Part.ORDER_SERVICE, Part.PAYMENT_SERVICE, Part.ZIPKIN, Part.CONSOLE)) {
      ports.move(part, port);
    }
    ports.save(state);
    ConsoleToken.issue(state);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    requests.add(body.isEmpty() ? request : request + " " + body);
    String token = exchange.getRequestHeaders().getFirst("X-Converge-Token");
    tokens.add(token == null ? "" : token);
    Reply reply = replies.getOrDefault(request, new Reply(404, "{\"title\":\"Not found\"}"));
    byte[] bytes = reply.body().getBytes(UTF_8);
    exchange.sendResponseHeaders(reply.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private void stream(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    exchange.getResponseBody().write("retry: 1000\n\n: alive\n\n".getBytes(UTF_8));
    for (String event : events) {
      exchange.getResponseBody().write(event.getBytes(UTF_8));
    }
    exchange.close();
  }

  private static String event(String name, String data) {
    return "id: e-1\nevent: " + name + "\ndata: " + data.replace("\n", "") + "\n\n";
  }

  private int converge(String... arguments) {
    CommandLine commandLine = Converge.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    List<String> all = new ArrayList<>(List.of("--state", state.toString()));
    all.addAll(List.of(arguments));
    return commandLine.execute(all.toArray(String[]::new));
  }

  private JsonNode printed() throws IOException {
    return JSON.readTree(out.toString());
  }

  // --- orders ---

  @Test
  void orderIsPlacedByTheConsoleWithItsToken() {
    replies.put("POST /api/orders", new Reply(202, "{\"orderId\":\"" + ID + "\"}"));

    assertThat(converge("order", "slow-provider")).isZero();

    assertThat(requests).containsExactly("POST /api/orders {\"kind\":\"slow-provider\"}");
    assertThat(tokens).containsExactly(ConsoleToken.read(state).orElseThrow());
    assertThat(out.toString().lines()).containsExactly(ID);
  }

  @Test
  void orderIsFollowedUntilItHasEnded() {
    replies.put("POST /api/orders", new Reply(202, "{\"orderId\":\"" + ID + "\"}"));
    replies.put("GET /orders/" + ID, new Reply(200, order("COMPLETED", "")));

    assertThat(converge("order", "--wait")).isZero();

    assertThat(out.toString().lines())
        .containsExactly(
            ID,
            "  12:00:00.100  OrderPlaced      → ReserveStock",
            "  12:00:00.200  StockReserved    → ChargePayment",
            "order " + ID + " is COMPLETED");
  }

  private static String order(String status, String more) {
    return "{\"orderId\":\""
        + ID
        + "\",\"status\":\""
        + status
        + "\",\"protocol\":\"saga\",\"currency\":\"EUR\",\"totalMinor\":2580,"
        + "\"lines\":[{\"sku\":\"espresso-beans\",\"quantity\":2}],"
        + "\"links\":{\"trace\":\"http://127.0.0.1:9411/zipkin/traces/"
        + TRACE
        + "\"},"
        + more
        + "\"saga\":{\"status\":\"RUNNING\",\"timeline\":"
        + TIMELINE
        + "}}";
  }

  @Test
  void manyOrdersAreWaitedForOnTheStream() {
    replies.put("POST /api/series", new Reply(202, "{\"accepted\":true}"));
    events.add(event("hello", "{\"series\":{\"count\":50,\"sent\":20,\"running\":true}}"));
    events.add(event("series", "{\"count\":50,\"sent\":50,\"refused\":0,\"running\":false}"));

    assertThat(converge("order", "--count", "50", "--rate", "25", "--wait")).isZero();

    assertThat(requests)
        .containsExactly("POST /api/series {\"kind\":\"completes\",\"count\":50,\"perSecond\":25}");
    assertThat(out.toString()).contains("50 orders were sent, 0 of them refused");
  }

  @Test
  void refusalOfTheConsoleNamesTheField() {
    replies.put(
        "POST /api/orders",
        new Reply(
            422,
            "{\"title\":\"Unprocessable\",\"detail\":\"1 fault\","
                + "\"errors\":[{\"pointer\":\"/kind\",\"detail\":\"must be a kind\"}]}"));

    assertThat(converge("order", "free")).isEqualTo(1);
    assertThat(err.toString())
        .contains("the console answers 422: Unprocessable: 1 fault; /kind must be a kind");
  }

  @Test
  void platformWithoutTheConsoleSaysHowToGetIt() {
    ConsoleToken.forget(state);

    assertThat(converge("order")).isEqualTo(1);
    assertThat(err.toString()).contains("runs without it: ./converge up");
    assertThat(requests).isEmpty();
  }

  @Test
  void orderShowsThePathsThatItWouldTake() {
    String next =
        """
        "next":{"awaits":"PaymentCharged","deadlineAt":"2026-11-30T12:15:00.200Z","attempt":1,
          "of":12,
          "onReply":{"moves":[{"sends":[{"type":"ShipStock"}]},
            {"sends":[{"type":"OrderCompleted"}]}],"outcome":"COMPLETED"},
          "onDeadline":{"moves":[{"sends":[{"type":"RefundPayment"}]}],
            "outcome":"REJECTED","reason":"TIMED_OUT"},
          "actions":[{"action":"cancel","allowed":true,"path":{"moves":[
            {"sends":[{"type":"RefundPayment"}]},{"sends":[{"type":"ReleaseStock"}]}],
            "outcome":"CANCELLED"}},{"action":"retry","allowed":false,"why":"it is not stuck"}]},
        """;
    replies.put("GET /orders/" + ID, new Reply(200, order("PENDING", next)));

    assertThat(converge("show", ID)).isZero();

    assertThat(out.toString().lines())
        .contains(
            "order " + ID + " is PENDING: 2 × espresso-beans, 25.80 EUR",
            "awaits PaymentCharged, attempt 1 of 12, until 12:15:00.200",
            "if every reply arrives:  ShipStock → COMPLETED",
            "if the deadline passes:  RefundPayment → REJECTED TIMED_OUT",
            "after cancel now:        RefundPayment → ReleaseStock → CANCELLED");
    assertThat(out.toString()).doesNotContain("after retry");
  }

  // --- traces ---

  @Test
  void traceIsAWaterfallWithChildrenBelowTheirParents() {
    replies.put("GET /orders/" + ID, new Reply(200, order("COMPLETED", "")));
    replies.put(
        "GET /api/v2/trace/" + TRACE,
        new Reply(
            200,
            """
            [{"id":"b","parentId":"a","timestamp":1500,"duration":500,"name":"insert orders",
              "localEndpoint":{"serviceName":"order-db"}},
             {"id":"a","parentId":"f","timestamp":1000,"duration":2000,"name":"post /orders",
              "localEndpoint":{"serviceName":"order-service"},"tags":{"error":"500"}}]
            """));

    assertThat(converge("trace", ID)).isZero();

    assertThat(out.toString().lines())
        .containsExactly(
            "      0.0 ms      2.0 ms |==============================| order-service: post /orders"
                + " FAILED",
            "      0.5 ms      0.5 ms |       ========               |   order-db: insert orders");
  }

  @Test
  void traceThatTheTraceUiDoesNotHaveIsReported() {
    replies.put("GET /orders/" + ID, new Reply(200, order("COMPLETED", "")));

    assertThat(converge("trace", ID)).isEqualTo(1);
    assertThat(err.toString()).contains("zipkin has no trace " + TRACE);
  }

  @Test
  void spansThatAreEachOthersParentsArePrintedOnce() throws IOException {
    assertThat(
            Waterfall.lines(
                JSON.readTree(
                    "[{\"id\":\"a\",\"parentId\":\"b\"},{\"id\":\"b\",\"parentId\":\"a\"}]")))
        .hasSize(2);
    assertThat(Waterfall.lines(JSON.readTree("[]"))).isEmpty();
  }

  // --- faults ---

  @Test
  void providerIsSwitchedForSomeSeconds() {
    replies.put("PUT /api/provider", new Reply(200, "{\"behaviour\":\"FAIL\"}"));
    replies.put("GET /provider", new Reply(200, "{\"behaviour\":\"NORMAL\"}"));

    assertThat(converge("provider", "FAIL", "--for", "30s")).isZero();
    assertThat(converge("provider")).isZero();

    assertThat(requests)
        .containsExactly(
            "PUT /api/provider {\"behaviour\":\"FAIL\",\"forSeconds\":30}", "GET /provider");
    assertThat(out.toString().lines())
        .containsExactly("the provider is FAIL, for 30 s", "the provider is NORMAL");
    assertThat(converge("provider", "FAIL", "--for", "soon")).isEqualTo(2);
  }

  @Test
  void partThatDoesNotRunIsNeitherPausedNorResumed() {
    assertThat(converge("pause", "payment-service", "--for", "5s")).isEqualTo(1);
    assertThat(converge("resume", "payment-service")).isEqualTo(1);
    assertThat(err.toString()).contains("payment-service does not run: ./converge start");
  }

  // --- many sagas ---

  private void stuckSagas() {
    replies.put("GET /saga-definition", new Reply(200, DEFINITION));
    replies.put(
        "GET /sagas/stuck",
        new Reply(
            200,
            "{\"items\":[{\"orderId\":\""
                + ID
                + "\",\"step\":\"ship-stock\"},{\"orderId\":\""
                + OTHER
                + "\",\"step\":\"charge-payment\",\"abortReason\":\"TIMED_OUT\"}]}"));
    replies.put("POST /api/jobs", new Reply(202, "{\"job\":4}"));
  }

  private int retried(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("sagas", "retry", "--awaits", "PaymentRefunded"));
    arguments.addAll(List.of("--reason", "it is back", "--operator", "ada", "--rate", "7"));
    arguments.addAll(List.of(more));
    return converge(arguments.toArray(String[]::new));
  }

  @Test
  void sagasThatAwaitAReplyAreRetriedAsAJob() {
    stuckSagas();
    events.add(event("hello", "{\"jobs\":[" + job("running", "\"waiting\":1") + "]}"));
    events.add(event("jobs", "{\"jobs\":[" + job("running", "\"sent\":1") + "]}"));
    events.add(event("jobs", "{\"jobs\":[" + job("done", "\"left-stuck\":1") + "]}"));

    assertThat(retried()).isZero();

    assertThat(requests)
        .contains(
            "POST /api/jobs {\"action\":\"retry\",\"operator\":\"ada\",\"reason\":\"it is back\","
                + "\"canary\":1,\"perSecond\":7,\"stopAfter\":3,\"judgeAfterSeconds\":3,"
                + "\"sagas\":[{\"orderId\":\""
                + OTHER
                + "\"}]}");
    assertThat(out.toString().lines()).containsExactly("job 4, 1 sagas, done: 1 left stuck");
    assertThat(err.toString()).contains("job 4, 1 sagas, running: 1 sent");
  }

  private static String job(String state, String outcomes) {
    return "{\"id\":4,\"total\":1,\"state\":\"" + state + "\",\"outcomes\":{" + outcomes + "}}";
  }

  @Test
  void haltedJobIsAFailure() {
    stuckSagas();
    events.add(event("hello", "{\"jobs\":[" + job("halted", "\"stuck-again\":1") + "]}"));

    assertThat(retried("--json")).isEqualTo(1);
    assertThat(out.toString().lines())
        .containsExactly(
            "{\"id\":4,\"total\":1,\"state\":\"halted\",\"outcomes\":{\"stuck-again\":1}}");
  }

  @Test
  void streamThatEndsBeforeTheJobIsAFailure() {
    stuckSagas();

    assertThat(retried()).isEqualTo(1);
    assertThat(err.toString()).contains("the console cannot be reached");
  }

  @Test
  void replyThatNoStepAwaitsIsRefused() {
    stuckSagas();

    assertThat(converge("sagas", "retry", "--awaits", "Money", "--reason", "r")).isEqualTo(1);
    assertThat(err.toString()).contains("expected: PaymentCharged, PaymentRefunded, StockShipped");
    assertThat(converge("sagas", "retry", ID, "--awaits", "StockShipped", "--reason", "r"))
        .isEqualTo(2);
    assertThat(converge("sagas", "retry", "--reason", "r")).isEqualTo(2);
  }

  // --- the picture ---

  @Test
  void pictureShowsPartsServicesAndTopics() {
    WatchFrame frame =
        WatchFrame.EMPTY
            .after(
                parsed(
                    "hello",
                    """
                    {"parts":[{"id":"kafka","state":"ready","port":9092,"memoryMiB":290}],
                     "orders":[{"orderId":"a","status":"PENDING"},
                               {"orderId":"b","status":"COMPLETED"}],
                     "gauges":{"services":{"order":{"placedPerSecond":1.5,"handledPerSecond":2}}},
                     "backlogs":{"payment.commands":{"lag":20,"oldestMs":4100}},
                     "attention":{"stuck":[{"count":3}],"letters":[],"findings":[],
                       "inDoubt":[{"gid":"x"}]},
                     "provider":{}}
                    """))
            .after(parsed("parts", "{\"parts\":[{\"id\":\"kafka\",\"state\":\"down\"}]}"))
            .after(parsed("orders", "{\"orders\":[{\"orderId\":\"a\",\"status\":\"REJECTED\"}]}"))
            .after(parsed("flow", "{}"));

    assertThat(frame.lines())
        .contains(
            "pending 0 of the last 2, stuck 3, parked 0, findings 0, in doubt 1",
            "kafka                down           0      0 MiB",
            "payment.commands              20     4.1 s");
    assertThat(frame.json().path("stuck").asInt()).isEqualTo(3);
    assertThat(frame.json().at("/topics/payment.commands/lag").asInt()).isEqualTo(20);
  }

  private static ServerEvents.Event parsed(String name, String data) {
    try {
      return new ServerEvents.Event(name, JSON.readTree(data));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void pictureOfALostConsoleEndsWithAnError() {
    events.add(event("hello", "{\"parts\":[],\"orders\":[]}"));

    assertThat(converge("watch")).isEqualTo(1);
    assertThat(out.toString()).contains("pending 0 of the last 0");
    assertThat(err.toString()).contains("the console cannot be reached");
  }

  @Test
  void pictureReplacesTheLastOneOnATerminalOnly() {
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    Screen screen = new Screen(new PrintStream(shown, true, UTF_8));
    screen.begin();
    screen.clear();
    screen.end();
    assertThat(shown.toString(UTF_8)).isEqualTo("\u001b[?1049h\u001b[H\u001b[J\u001b[?1049l");

    assertThatCode(() -> Screen.of(Map.of("CONVERGE_TERMINAL", "false")).clear())
        .doesNotThrowAnyException();
  }

  @Test
  void shellCompletesPartsKindsAndBehaviours() {
    assertThat(converge("generate-completion")).isZero();
    assertThat(out.toString()).contains("payment-service", "slow-provider", "LOSE_ANSWER");
  }

  @Test
  void terminalOffersTheKindsAndBehavioursOfTheConsole() throws IOException {
    Path document =
        Path.of(
            System.getProperty("converge.root", "../.."),
            "infra/console/src/main/resources/openapi/console.json");
    JsonNode schemas = JSON.readTree(Files.readString(document)).at("/components/schemas");

    assertThat(words(schemas.at("/Kind/enum")))
        .containsExactlyInAnyOrderElementsOf(new Completions.Kinds());
    assertThat(words(schemas.at("/SwitchProvider/properties/behaviour/enum")))
        .containsExactlyInAnyOrderElementsOf(new Completions.Behaviours());
  }

  private static List<String> words(JsonNode array) {
    List<String> words = new ArrayList<>();
    array.forEach(word -> words.add(word.asText()));
    return words;
  }

  // --- JSON ---

  @Test
  void answersArePrintedAsJson() throws IOException {
    replies.put("GET /orders/" + ID, new Reply(200, order("COMPLETED", "")));

    assertThat(converge("show", ID, "--json")).isZero();

    assertThat(printed().path("status").asText()).isEqualTo("COMPLETED");
  }

  @Test
  void listsArePrintedAsJsonLines() {
    stuckSagas();

    assertThat(converge("sagas", "list", "--json")).isZero();

    assertThat(out.toString().lines())
        .hasSize(2)
        .allMatch(line -> line.startsWith("{\"orderId\":\""));
  }

  @Test
  void emptyListPrintsNothingAsJson() {
    replies.put("GET /sagas/stuck", new Reply(200, "{\"items\":[]}"));

    assertThat(converge("sagas", "list", "--json")).isZero();
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void everyCommandThatPrintsHasJson() {
    Set<String> without = new TreeSet<>();
    collect(Converge.commandLine(), without);

    assertThat(without).isEqualTo(new TreeSet<>(WITHOUT_JSON));
  }

  private static void collect(CommandLine command, Set<String> without) {
    command
        .getSubcommands()
        .forEach(
            (name, subcommand) -> {
              if (subcommand.getSubcommands().isEmpty()
                  && subcommand.getCommandSpec().findOption("--json") == null) {
                without.add(name);
              }
              collect(subcommand, without);
            });
  }
}
