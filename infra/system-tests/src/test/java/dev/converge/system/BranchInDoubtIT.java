package dev.converge.system;

import static dev.converge.system.BranchRequests.BRANCH;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Converge;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * Goal: a branch whose decision is missing stays, is visible with the sessions that wait for it,
 * and an operator can end it. Method: a branch that is prepared while its coordinator is paused;
 * then the commands of operators.
 */
@OwnPlatform
class BranchInDoubtIT {
  private static final TestPlatform PLATFORM = ProtocolOrders.shared();
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int MAX_ATTEMPTS = 5;

  private final ProtocolOrders orders = new ProtocolOrders(PLATFORM);
  private final OrderApi api = new OrderApi(PLATFORM);
  private final Convergence databases = new Convergence(PLATFORM);
  private final String sku = "item-" + OrderApi.newKey().substring(0, 8);
  private final BranchRequests branches = new BranchRequests(api, sku);

  @AfterEach
  void resumeCoordinatorThatEndsItsBranches() {
    orders.resumeCoordinator(SOON);
  }

  /** The exit code and the output of a command. */
  private record Result(int code, String output) {}

  private static Result converge(String... words) {
    CommandLine commandLine = Converge.commandLine();
    StringWriter output = new StringWriter();
    commandLine.setOut(new PrintWriter(output, true));
    String[] all = new String[words.length + 2];
    all[0] = "--state";
    all[1] = PLATFORM.platform().layout().state().toString();
    System.arraycopy(words, 0, all, 2, words.length);
    return new Result(commandLine.execute(all), output.toString());
  }

  @Test
  void branchWithoutItsCoordinatorStaysUntilAnOperatorEndsIt() {
    orders.setStock(sku, 10);
    orders.pauseCoordinator();
    String gid = branches.prepare(OrderApi.newKey());

    Awaitility.await("finding")
        .atMost(SOON)
        .until(() -> converge("transactions", "list"), list -> list.code() == 1);
    assertThat(converge("transactions", "list").output())
        .contains("inventory-db: " + gid + "  PREPARED for ");
    assertThat(api.metric(Part.INVENTORY_SERVICE, "commitment_branches_in_doubt")).isEqualTo(1);

    Result resolved =
        converge(
            "transactions",
            "resolve",
            gid,
            "--decision",
            "ABORT",
            "--operator",
            "ada",
            "--reason",
            "order-db is lost");
    assertThat(resolved.code()).as(resolved.output()).isZero();
    assertThat(resolved.output()).contains(gid + " is ABORTED");
    assertThat(orders.available(sku)).isEqualTo(10);
    assertThat(converge("transactions", "list"))
        .isEqualTo(new Result(0, "No branch is in doubt." + System.lineSeparator()));
    assertThat(branches.resolve(gid, "COMMIT").status()).isEqualTo(409);
    assertThat(actions(gid))
        .containsExactly("grace commit-branch REFUSED", "ada abort-branch DONE");
  }

  @Test
  void commitThatTheRegisterHasNotIsRefused() {
    orders.setStock(sku, 10);
    String gid = branches.prepare(OrderApi.newKey());

    // The branch asks the register by itself after two seconds: then it is not in doubt any more.
    assertThat(branches.resolve(gid, "COMMIT").body().path("type").asText())
        .isIn("/problems/transaction-decided-otherwise", "/problems/branch-not-in-doubt");
    orders.awaitNothingInDoubt(SOON);
    assertThat(orders.available(sku)).isEqualTo(10);
  }

  @Test
  void databaseThatIsDownIsNamed() {
    PLATFORM.platform().kill(Part.PAYMENT_DB);
    try {
      Result list = converge("transactions", "list");
      assertThat(list.code()).isEqualTo(1);
      assertThat(list.output())
          .contains("payment-db is down, and its branches are not known")
          .doesNotContain("No branch is in doubt");
    } finally {
      PLATFORM.start(Part.PAYMENT_DB);
    }
  }

  /**
   * Three sessions wait for the row of a branch: the first for the branch, the others behind it.
   */
  @Test
  void sessionsThatWaitAreTheSameOnTheCommandLineAndInTheService() {
    orders.setStock(sku, 10);
    orders.pauseCoordinator();
    String gid = branches.prepare(OrderApi.newKey());
    List<CompletableFuture<Void>> waiting = new ArrayList<>();
    try {
      for (int session = 0; session < 3; session++) {
        waiting.add(
            CompletableFuture.runAsync(
                () ->
                    databases.update(
                        "inventory", "UPDATE stock SET sku = sku WHERE sku = '" + sku + "'"),
                task -> new Thread(task, "waiter").start()));
      }

      Awaitility.await("three sessions wait")
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(converge("transactions", "list").output())
                      .contains(gid + "  PREPARED for ")
                      .contains("sessions that wait: 3,"));
      JsonNode branch =
          orders.get(Part.INVENTORY_SERVICE, "/transactions").body().path("inDoubt").path(0);
      assertThat(branch.path("gid").asText()).isEqualTo(gid);
      assertThat(branch.path("waiters").asInt()).isEqualTo(3);
    } finally {
      assertThat(branches.resolve(gid, "ABORT").status()).isEqualTo(200);
      waiting.forEach(CompletableFuture::join);
    }
  }

  @Test
  void divergenceIsReportedAfterARestartUntilAnOperatorAcknowledgesIt() {
    String gid = "2pc." + OrderApi.newKey() + ".inventory_payment";
    databases.update(
        "order",
        "INSERT INTO transaction_decision (gid, decision, done_at) VALUES ('"
            + gid
            + "', 'COMMIT', now())");
    Answer committed =
        api.send("POST", Part.INVENTORY_SERVICE, "/transactions/" + gid + "/commit", null);
    assertThat(committed.body().path("state").asText()).isEqualTo("UNKNOWN");
    PLATFORM.platform().kill(Part.INVENTORY_SERVICE);
    assertThat(converge("transactions", "list").output())
        .contains("inventory-db: " + gid + "  diverged: UNKNOWN when COMMIT arrived");
    PLATFORM.start(Part.INVENTORY_SERVICE);

    new AuditFindings(api).awaitFinding(Part.INVENTORY_SERVICE, "transactions-diverged", gid);
    assertThat(orders.get(Part.INVENTORY_SERVICE, "/transactions").body().path("divergent"))
        .anyMatch(name -> name.asText().equals(gid));
    assertThat(converge("transactions", "list").code()).isEqualTo(1);
    assertThat(converge("doctor").code()).isEqualTo(1);

    Result acknowledged =
        converge(
            "transactions",
            "acknowledge",
            gid,
            "--operator",
            "ada",
            "--reason",
            "repaired by hand");
    assertThat(acknowledged.code()).as(acknowledged.output()).isZero();
    assertThat(acknowledged.output()).contains(gid + " is acknowledged; its branch is UNKNOWN");
    assertThat(converge("transactions", "list"))
        .isEqualTo(new Result(0, "No branch is in doubt." + System.lineSeparator()));
    Awaitility.await("audit without the finding")
        .atMost(AuditFindings.REPORTED_WITHIN)
        .until(
            () ->
                new AuditFindings(api)
                    .cases(Part.INVENTORY_SERVICE, "transactions-diverged")
                    .isEmpty());
    assertThat(actions(gid)).containsExactly("ada acknowledge-divergence DONE");
  }

  /**
   * order-db is restored from a copy that is older than a commit: payment has applied it, and the
   * register answers inventory with an abort. If it did not answer, inventory would follow payment.
   */
  @Test
  void commitThatARestoredRegisterHasLostIsReportedAsADivergence() {
    orders.setStock(sku, 10);
    String wallet = "tok_wallet_" + sku.replace('-', '_') + "_";
    orders.deposit(wallet, 1, 500 * MAX_ATTEMPTS);
    String gid = commitAtPaymentOnly(wallet + 1);
    // On a slow machine inventory may have asked the register before payment was prepared.
    for (int attempt = 1; attempt < MAX_ATTEMPTS && !orders.inDoubt().contains(gid); attempt++) {
      gid = commitAtPaymentOnly(wallet + 1);
    }

    new AuditFindings(api).awaitFinding(Part.INVENTORY_SERVICE, "transactions-diverged", gid);
    assertThat(converge("transactions", "list").output())
        .contains("inventory-db: " + gid + "  diverged: ABORTED when COMMIT arrived");
    assertThat(orders.available(sku)).isEqualTo(10);

    Result acknowledged =
        converge(
            "transactions", "acknowledge", gid, "--operator", "ada", "--reason", "shipped by hand");
    assertThat(acknowledged.code()).as(acknowledged.output()).isZero();
  }

  private String commitAtPaymentOnly(String token) {
    String orderId = OrderApi.newKey();
    String gid = branches.prepare(orderId);
    String payment =
        "{\"orderId\":\"%s\",\"token\":\"%s\",\"amountMinor\":500,\"currency\":\"EUR\"}"
            .formatted(orderId, token);
    String branch = "/transactions/" + gid;
    assertThat(api.send("PUT", Part.PAYMENT_SERVICE, branch, payment).status()).isEqualTo(200);
    Answer committed = api.send("POST", Part.PAYMENT_SERVICE, branch + "/commit", null);
    assertThat(committed.body().path("state").asText()).isEqualTo("COMMITTED");
    return gid;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2pc.%s.inventory_payment",
        "tcc.%s.inventory_payment",
        "2pc-quorum.%s.inventory_order_payment",
        "3pc.%s.inventory_order_payment",
        "3pc-termination.%s.inventory_order_payment"
      })
  void decisionOnATransactionThatNeverWasIsNoFinding(String name) {
    String gid = name.formatted(OrderApi.newKey());
    DocumentedApi inventory = new DocumentedApi(api, Part.INVENTORY_SERVICE);

    inventory.request(200, "POST", BRANCH + "/commit", gid, null);
    inventory.request(200, "POST", BRANCH + "/abort", gid, null);
    JsonNode late = inventory.request(200, "POST", BRANCH + "/commit", gid, null);

    assertThat(late.path("state").asText()).isEqualTo("ABORTED");
    assertThat(converge("transactions", "list").output()).doesNotContain(gid);
  }

  @Test
  void branchThatItsCoordinatorForgotIsAborted() {
    orders.setStock(sku, 10);
    branches.prepare(OrderApi.newKey());

    orders.awaitNothingInDoubt(SOON);

    assertThat(orders.available(sku)).isEqualTo(10);
  }

  private List<String> actions(String gid) {
    Answer log = orders.get(Part.INVENTORY_SERVICE, "/operator-actions?limit=20");
    return StreamSupport.stream(log.body().path("items").spliterator(), false)
        .filter(action -> action.path("target").asText().equals(gid))
        .map(
            action ->
                action.path("operator").asText()
                    + " "
                    + action.path("action").asText()
                    + " "
                    + action.path("outcome").asText())
        .toList();
  }
}
