package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Converge;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Goal: an operator can resume a stuck saga and replay a parked message, and the operator log
 * records it. Method: sagas that are stuck because inventory is unavailable or parks their command
 * to ship, with deadlines of seconds; then the operator's routes and commands.
 */
@Order(0)
class OperatorToolsIT {
  private static final TestPlatform PLATFORM = TestPlatform.shared(SagaDeadlineIT.SHORT_DEADLINES);
  private static final String BODY = "{\"operator\":\"grace\",\"reason\":\"seen by the test\"}";
  private static final Duration SOON = Duration.ofSeconds(60);

  private final OrderApi api = new OrderApi(PLATFORM);
  private final Convergence convergence = new Convergence(PLATFORM);

  @AfterEach
  void startInventoryAndDropDeadLetters() {
    PLATFORM.start(Part.INVENTORY_SERVICE);
    convergence.update("inventory", "DELETE FROM dead_letter");
  }

  @Test
  void retryAndSkipResumeSagasStuckOnAnUnavailableParticipant() throws Exception {
    PLATFORM.platform().kill(Part.INVENTORY_SERVICE);
    String retried = api.place("espresso-beans", 2, "tok_ok");
    String skipped = api.place("espresso-beans", 3, "tok_ok");
    awaitSaga(retried, "STUCK");
    awaitSaga(skipped, "STUCK");
    awaitReported("sagas-stuck", retried);
    assertThat(status())
        .anyMatch(
            line -> line.matches("audit: order-service: sagas-stuck \\d+: .*" + retried + ".*"))
        .contains("audit: inventory-service does not answer: it is down");

    JsonNode seen = api.send("GET", Part.ORDER_SERVICE, "/sagas/" + skipped, null).body();
    assertThat(seen.path("awaits").asText()).isEqualTo("StockReleased");
    assertThat(seen.path("messages")).hasSize(3);
    assertThat(seen.path("messages").path(0).path("type").asText()).endsWith(".ReserveStock.v1");
    assertThat(seen.path("order").path("status").asText()).isEqualTo("PENDING");

    assertThat(act(retried, "compensate").status()).isEqualTo(409);
    Answer again = act(retried, "retry");
    assertThat(again.status()).as(again.raw().body()).isEqualTo(202);
    assertThat(again.body().path("saga").path("status").asText()).isEqualTo("COMPENSATING");
    assertThat(converge("sagas", "skip", skipped, "--operator", "ada", "--reason", "counted"))
        .isZero();

    JsonNode ended = api.order(skipped);
    assertThat(ended.path("status").asText()).isEqualTo("REJECTED");
    assertThat(ended.path("reason").asText()).isEqualTo("TIMED_OUT");
    assertThat(signals(ended)).endsWith("SkipRequested");
    assertThat(act(skipped, "skip").status()).isEqualTo(409);

    PLATFORM.start(Part.INVENTORY_SERVICE);
    assertThat(signals(api.awaitEnd(retried, SOON))).contains("RetryRequested");
    convergence.await(SOON);
    convergence.assertHolds();

    assertThat(actionsOn(Part.ORDER_SERVICE, skipped))
        .containsExactly("grace skip-step REFUSED", "ada skip-step DONE");
    assertThat(actionsOn(Part.ORDER_SERVICE, retried))
        .containsExactly("grace retry-saga DONE", "grace compensate-saga REFUSED");
    assertThat(converge("operator-actions", "list")).isZero();
  }

  @Test
  void replayShipsAParkedOrderAndCompensationUndoesAnother() {
    List<String> before = parked("inventory-service");
    List<String> stuck = stuckAtShipping(2);
    String shipped = stuck.get(0);
    String givenUp = stuck.get(1);
    List<String> parked = parked("inventory-service");
    assertThat(parked)
        .as("command to ship, twice for each order")
        .hasSize(before.size() + 4)
        .containsAll(before);

    // The cause is still there: it fails again, and nothing changes.
    String first = parkedOf(shipped).get(0);
    Answer refused = replay(Part.INVENTORY_SERVICE, first);
    assertThat(refused.status()).as(refused.raw().body()).isEqualTo(409);
    assertThat(refused.body().path("type").asText()).isEqualTo("/problems/dead-letter-not-handled");
    assertThat(refused.body().path("detail").asText()).contains("is RELEASED (expected: RESERVED)");
    assertThat(parked("inventory-service")).isEqualTo(parked);

    repair(shipped);
    repair(givenUp);
    Answer handled = replay(Part.INVENTORY_SERVICE, first);
    assertThat(handled.status()).as(handled.raw().body()).isEqualTo(200);
    assertThat(handled.body().path("replayedAt").asText()).isNotEmpty();
    assertThat(api.awaitEnd(shipped, SOON).path("status").asText()).isEqualTo("COMPLETED");
    Answer twice = replay(Part.INVENTORY_SERVICE, first);
    assertThat(twice.status()).isEqualTo(409);
    assertThat(twice.body().path("type").asText()).isEqualTo("/problems/dead-letter-not-parked");
    assertThat(actionsOn(Part.INVENTORY_SERVICE, first))
        .containsExactly(
            "grace replay-dead-letter REFUSED",
            "grace replay-dead-letter DONE",
            "grace replay-dead-letter FAILED");

    Answer compensated = act(givenUp, "compensate");
    assertThat(compensated.status()).as(compensated.raw().body()).isEqualTo(202);
    JsonNode undone = api.awaitEnd(givenUp, SOON);
    assertThat(undone.path("status").asText()).isEqualTo("REJECTED");
    assertThat(undone.path("reason").asText()).isEqualTo("COMPENSATED_BY_OPERATOR");
    assertThat(signals(undone))
        .containsSubsequence("CompensateRequested", "PaymentRefunded", "StockReleased");
    // An order that was given up cannot be shipped later.
    assertThat(replay(Part.INVENTORY_SERVICE, parkedOf(givenUp).get(0)).status()).isEqualTo(409);

    convergence.update("inventory", "DELETE FROM dead_letter");
    convergence.await(SOON);
    convergence.assertHolds();
  }

  @Test
  void actionWithoutAnOperatorIsRefusedAndTheLogIsAppendOnly() {
    String path = "/sagas/01a1fd27-05c9-7513-8367-e82dfbe041b6/skip";
    Answer anonymous = api.send("POST", Part.ORDER_SERVICE, path, "{\"reason\":\"why\"}");
    assertThat(anonymous.status()).isEqualTo(400);
    assertThat(anonymous.body().path("errors").path(0).path("pointer").asText())
        .isEqualTo("/operator");
    assertThat(api.send("POST", Part.ORDER_SERVICE, path, BODY).status()).isEqualTo(404);
    for (String domain : Topology.domains()) {
      Part service = Part.of(domain + "-service");
      assertThat(api.send("GET", service, "/dead-letters", null).status()).isEqualTo(200);
      assertThat(replay(service, "01a1fd27-05c9-7513-8367-e82dfbe041b6").status()).isEqualTo(404);
      assertThat(
              convergence.strings(
                  domain,
                  "SELECT privilege_type FROM information_schema.role_table_grants"
                      + " WHERE table_name = 'operator_action' AND grantee = '"
                      + domain
                      + "_service'"))
          .containsExactlyInAnyOrder("SELECT", "INSERT");
    }
  }

  /** The audit and its metric report it within a minute. */
  private void awaitReported(String check, String orderId) {
    Awaitility.await(check)
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              assertThat(api.send("GET", Part.ORDER_SERVICE, "/audit", null).raw().body())
                  .contains(check, orderId);
              assertThat(api.findings(Part.ORDER_SERVICE, check)).isPositive();
            });
  }

  /** The output of the command in its own process; a part is down, so its exit code is 1. */
  private static List<String> status() throws Exception {
    Path platform = PLATFORM.platform().layout().root().resolve("infra/platform/target");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                platform + "/*" + File.pathSeparator + platform + "/lib/*",
                Converge.class.getName(),
                "--state",
                PLATFORM.platform().layout().state().toString(),
                "status")
            .redirectErrorStream(true)
            .start();
    try {
      CompletableFuture<List<String>> printed =
          CompletableFuture.supplyAsync(
              () -> process.inputReader(StandardCharsets.UTF_8).lines().toList());
      List<String> lines = printed.get(SOON.toSeconds(), TimeUnit.SECONDS);
      assertThat(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as("%s", lines).isEqualTo(1);
      return lines;
    } finally {
      process.destroyForcibly();
    }
  }

  /** Paid orders whose commands to ship were parked. */
  private List<String> stuckAtShipping(int orders) {
    List<String> orderIds =
        IntStream.range(0, orders)
            .mapToObj(each -> api.place("espresso-beans", 1, "tok_slow"))
            .toList();
    for (String orderId : orderIds) {
      api.awaitStep(orderId, "charge-payment");
      setReservation(orderId, "RELEASED");
    }
    for (String orderId : orderIds) {
      awaitSaga(orderId, "STUCK");
      Awaitility.await("dead letters of " + orderId)
          .atMost(SOON)
          .until(() -> parkedOf(orderId).size() == 2);
    }
    return orderIds;
  }

  private void repair(String orderId) {
    setReservation(orderId, "RESERVED");
  }

  private void setReservation(String orderId, String status) {
    convergence.update(
        "inventory",
        "UPDATE reservation SET status = '" + status + "' WHERE order_id = '" + orderId + "'");
  }

  private JsonNode awaitSaga(String orderId, String status) {
    return Awaitility.await("saga " + status)
        .atMost(SOON)
        .until(
            () -> api.order(orderId), o -> o.path("saga").path("status").asText().equals(status));
  }

  private Answer act(String orderId, String action) {
    return api.send("POST", Part.ORDER_SERVICE, "/sagas/" + orderId + "/" + action, BODY);
  }

  private Answer replay(Part service, String deadLetterId) {
    return api.send("POST", service, "/dead-letters/" + deadLetterId + "/replay", BODY);
  }

  private List<String> parked(String service) {
    return parked(service, null);
  }

  private List<String> parkedOf(String orderId) {
    return parked("inventory-service", orderId);
  }

  /** The ids of the parked messages, page by page, of one order or of all. */
  private List<String> parked(String service, @Nullable String orderId) {
    List<String> ids = new ArrayList<>();
    String next = "/dead-letters?limit=1";
    while (!next.isEmpty()) {
      JsonNode page = api.send("GET", Part.of(service), next, null).body();
      for (JsonNode letter : page.path("items")) {
        if (orderId == null || letter.path("key").asText().equals(orderId)) {
          ids.add(letter.path("deadLetterId").asText());
        }
      }
      next = page.path("next").asText("");
    }
    return ids;
  }

  /** The lines of the operator log about a target, newest first. */
  private List<String> actionsOn(Part service, String target) {
    List<String> actions = new ArrayList<>();
    for (JsonNode action :
        api.send("GET", service, "/operator-actions?limit=100", null).body().path("items")) {
      if (action.path("target").asText().equals(target)) {
        actions.add(
            action.path("operator").asText()
                + " "
                + action.path("action").asText()
                + " "
                + action.path("outcome").asText());
      }
    }
    return actions;
  }

  private static List<String> signals(JsonNode order) {
    return order.path("saga").path("timeline").findValuesAsText("signal");
  }

  private static int converge(String... arguments) {
    List<String> all =
        new ArrayList<>(List.of("--state", PLATFORM.platform().layout().state().toString()));
    all.addAll(List.of(arguments));
    return Converge.commandLine().execute(all.toArray(String[]::new));
  }
}
