package dev.converge.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Goal: an operator's command sends its request, prints the result, and reports success by its exit
 * code. Method: the real command line against a server with prepared answers.
 */
class OperatorCommandsTest {
  private static final String ID = "0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901";
  private static final String OTHER = "0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a902";

  private record Reply(int status, String body) {}

  private final Map<String, Reply> replies = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
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
    server.start();
    ports.move(Part.ORDER_SERVICE, server.getAddress().getPort());
    ports.move(Part.INVENTORY_SERVICE, server.getAddress().getPort());
    ports.save(state);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    requests.add(body.isEmpty() ? request : request + " " + body);
    Reply reply = replies.getOrDefault(request, new Reply(404, "{\"title\":\"Not found\"}"));
    byte[] bytes = reply.body().getBytes(UTF_8);
    exchange.sendResponseHeaders(reply.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private int converge(String... arguments) {
    CommandLine commandLine = Converge.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    List<String> all = new ArrayList<>(List.of("--state", state.toString()));
    all.addAll(List.of(arguments));
    return commandLine.execute(all.toArray(String[]::new));
  }

  @Test
  void serviceThatIsDownHidesNoActionOfTheOthers() {
    replies.put(
        "GET /operator-actions?limit=20",
        new Reply(
            200,
            "{\"items\":[{\"at\":\"2026-01-01T00:00:00Z\",\"operator\":\"ada\","
                + "\"action\":\"abort-branch\",\"target\":\"2pc.a.x\",\"outcome\":\"DONE\","
                + "\"reason\":\"order-db is lost\"}]}"));

    assertThat(converge("operator-actions", "list")).isEqualTo(1);

    assertThat(out.toString())
        .contains("order-service  ada  abort-branch 2pc.a.x  DONE")
        .contains("inventory-service  ada  abort-branch 2pc.a.x  DONE");
    assertThat(err.toString()).contains("converge: payment-service cannot be reached");
  }

  @Test
  void serviceThatIsDownHidesNoDeadLetterOfTheOthers() {
    replies.put(
        "GET /dead-letters?limit=100",
        new Reply(
            200, "{\"items\":[{\"deadLetterId\":\"" + ID + "\",\"reason\":\"bad amount\"}]}"));

    assertThat(converge("dead-letters", "list")).isEqualTo(1);

    assertThat(out.toString()).contains("inventory-service " + ID).contains("bad amount");
    assertThat(err.toString()).contains("converge: payment-service cannot be reached");
  }

  @Test
  void listsStuckSagasPageByPage() {
    replies.put(
        "GET /sagas/stuck",
        new Reply(
            200,
            "{\"items\":[{\"orderId\":\""
                + ID
                + "\",\"status\":\"STUCK\",\"step\":\"ship-stock\","
                + "\"attempt\":12,\"version\":15}],\"next\":\"/sagas/stuck?after="
                + ID
                + "\"}"));
    replies.put(
        "GET /sagas/stuck?after=" + ID,
        new Reply(
            200,
            "{\"items\":[{\"orderId\":\""
                + OTHER
                + "\",\"status\":\"STUCK\","
                + "\"step\":\"reserve-stock\",\"attempt\":12,\"version\":15,"
                + "\"abortReason\":\"TIMED_OUT\"}]}"));

    assertThat(converge("sagas", "list")).isZero();

    assertThat(out.toString().lines())
        .containsExactly(
            ID + "  ship-stock  attempt 12  forward",
            OTHER + "  reserve-stock  attempt 12  compensating TIMED_OUT");
  }

  @Test
  void reportsThatNoSagaIsStuck() {
    replies.put("GET /sagas/stuck", new Reply(200, "{\"items\":[]}"));

    assertThat(converge("sagas", "list")).isZero();
    assertThat(out.toString()).contains("No saga is stuck.");
  }

  @Test
  void actsInTheNameOfTheSystemsUserByDefault() {
    String done = "{\"status\":\"PENDING\",\"saga\":{\"status\":\"RUNNING\",\"step\":\"s\"}}";
    for (String action : List.of("retry", "skip", "compensate")) {
      replies.put("POST /sagas/" + ID + "/" + action, new Reply(202, done));
    }

    assertThat(converge("sagas", "retry", ID, "--reason", "it is back")).isZero();
    assertThat(converge("sagas", "skip", ID, "--reason", "a \"b\"", "--operator", "ada")).isZero();
    assertThat(converge("sagas", "compensate", ID, "--reason", "c", "--operator", "bob")).isZero();

    String user = System.getProperty("user.name");
    assertThat(requests)
        .containsExactly(
            "POST /sagas/"
                + ID
                + "/retry {\"operator\":\""
                + user
                + "\",\"reason\":\"it is back\"}",
            "POST /sagas/" + ID + "/skip {\"operator\":\"ada\",\"reason\":\"a \\\"b\\\"\"}",
            "POST /sagas/" + ID + "/compensate {\"operator\":\"bob\",\"reason\":\"c\"}");
    assertThat(out.toString()).contains("order " + ID + " is PENDING; its saga is RUNNING at s");
  }

  @Test
  void refusalIsAnErrorWithItsReason() {
    replies.put(
        "POST /sagas/" + ID + "/skip",
        new Reply(409, "{\"title\":\"Saga not stuck\",\"detail\":\"the saga is RUNNING\"}"));

    assertThat(converge("sagas", "skip", ID, "--reason", "why")).isEqualTo(1);
    assertThat(err.toString())
        .contains("order-service answers 409: Saga not stuck: the saga is RUNNING");
  }

  @Test
  void actionWithoutReasonOrIdIsAUsageError() {
    assertThat(converge("sagas", "retry", ID)).isEqualTo(2);
    assertThat(converge("sagas", "retry", "17", "--reason", "why")).isEqualTo(2);
    assertThat(converge("sagas")).isEqualTo(2);
    assertThat(converge("dead-letters", "replay", "inventory-service", ID)).isEqualTo(2);
    assertThat(requests).isEmpty();
  }

  @Test
  void unavailableServiceIsNamed() {
    assertThat(converge("dead-letters", "list", "payment-service")).isEqualTo(1);
    assertThat(err.toString()).contains("payment-service cannot be reached");
  }

  @Test
  void listsShowsAndReplaysDeadLetters() {
    String letter =
        "{\"deadLetterId\":\""
            + ID
            + "\",\"parkedAt\":\"2026-11-21T09:31:02Z\","
            + "\"type\":\"t.v1\",\"reason\":\"refused\",\"replayedAt\":\"2026-11-21T09:45:00Z\"}";
    replies.put(
        "GET /dead-letters?limit=100&replayed=true",
        new Reply(200, "{\"items\":[" + letter + "]}"));
    replies.put("GET /dead-letters/" + ID, new Reply(200, letter));
    replies.put("POST /dead-letters/" + ID + "/replay", new Reply(200, letter));

    assertThat(converge("dead-letters", "list", "inventory-service", "--all")).isZero();
    assertThat(converge("dead-letters", "show", "inventory-service", ID)).isZero();
    assertThat(converge("dead-letters", "replay", "inventory-service", ID, "--reason", "repaired"))
        .isZero();

    assertThat(out.toString())
        .contains("inventory-service " + ID + "  2026-11-21T09:31:02Z  t.v1  replayed")
        .contains("\"reason\" : \"refused\"")
        .contains("dead letter " + ID + " is handled, at 2026-11-21T09:45:00Z");
  }

  @Test
  void serviceThatHasNoDeadLettersIsRefused() {
    assertThat(converge("dead-letters", "list", "kafka")).isEqualTo(1);
    assertThat(err.toString()).contains("no such service: kafka (expected: order-service, ");
  }

  private static String action(String operator, String outcome, String detail, String at) {
    return "{\"actionId\":\""
        + ID
        + "\",\"operator\":\""
        + operator
        + "\",\"action\":\"skip-step\",\"target\":\""
        + OTHER
        + "\",\"reason\":\"it is done\",\"outcome\":\""
        + outcome
        + "\","
        + detail
        + "\"at\":\""
        + at
        + "\"}";
  }

  @Test
  void listsTheNewestActionsOfAllServicesPageByPage() {
    String next = "/operator-actions?limit=3&before=" + ID;
    replies.put(
        "GET /operator-actions?limit=3",
        new Reply(
            200,
            "{\"items\":["
                + action("ada", "REFUSED", "\"detail\":\"not stuck\",", "2026-11-21T09:31:02.5Z")
                + "],\"next\":\""
                + next
                + "\"}"));
    replies.put(
        "GET " + next,
        new Reply(200, "{\"items\":[" + action("bob", "DONE", "", "2026-11-21T09:31:02Z") + "]}"));

    assertThat(converge("operator-actions", "list", "order-service", "--limit", "3")).isZero();

    assertThat(out.toString().lines())
        .containsExactly(
            "2026-11-21T09:31:02.5Z  order-service  ada  skip-step " + OTHER + "  REFUSED",
            "    it is done",
            "    not stuck",
            "2026-11-21T09:31:02Z  order-service  bob  skip-step " + OTHER + "  DONE",
            "    it is done");
  }

  @Test
  void actionsOfSeveralServicesAreSortedByTimeAndLimited() {
    oneServerActsForEveryService();
    replies.put(
        "GET /operator-actions?limit=2",
        new Reply(
            200,
            "{\"items\":["
                + action("ada", "DONE", "", "2026-11-21T09:31:02Z")
                + ","
                + action("bob", "DONE", "", "2026-11-21T09:31:01Z")
                + "]}"));

    assertThat(converge("operator-actions", "list", "--limit", "2")).isZero();

    assertThat(requests).hasSize(3);
    assertThat(out.toString().lines().filter(line -> line.startsWith("2026")))
        .hasSize(2)
        .allMatch(line -> line.contains("  ada  "));
  }

  private void oneServerActsForEveryService() {
    ports.move(Part.PAYMENT_SERVICE, server.getAddress().getPort());
    ports.save(state);
  }

  @Test
  void reportsThatNoOperatorHasActedAndRefusesInvalidLimits() {
    oneServerActsForEveryService();
    replies.put("GET /operator-actions?limit=20", new Reply(200, "{\"items\":[]}"));

    assertThat(converge("operator-actions", "list")).isZero();
    assertThat(out.toString()).contains("No operator has acted.");
    assertThat(converge("operator-actions", "list", "--limit", "0")).isEqualTo(2);
    assertThat(converge("operator-actions", "list", "--limit", "10001")).isEqualTo(2);
  }
}
