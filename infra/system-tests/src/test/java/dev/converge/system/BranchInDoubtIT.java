package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Converge;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * Goal: a branch whose decision is missing stays, is visible with the sessions that wait for it,
 * and an operator can end it. Method: a branch that is prepared while its coordinator is down; then
 * the routes and the commands of operators.
 */
@OwnPlatform
class BranchInDoubtIT {
  private static final TestPlatform PLATFORM = ProtocolOrders.start();
  private static final Duration SOON = Duration.ofSeconds(30);

  private final ProtocolOrders orders = new ProtocolOrders(PLATFORM);
  private final OrderApi api = new OrderApi(PLATFORM);
  private final String sku = "item-" + OrderApi.newKey().substring(0, 8);

  @AfterAll
  static void stop() {
    PLATFORM.close();
  }

  @AfterEach
  void startCoordinatorThatEndsItsBranches() {
    PLATFORM.start(Part.ORDER_SERVICE);
    orders.awaitNothingInDoubt(SOON);
  }

  private String prepare(String orderId) {
    String gid = "2pc." + orderId + ".inventory_payment";
    Answer vote =
        api.send(
            "PUT",
            Part.INVENTORY_SERVICE,
            "/transactions/" + gid,
            "{\"orderId\":\"%s\",\"lines\":[{\"sku\":\"%s\",\"quantity\":2}]}"
                .formatted(orderId, sku));
    assertThat(vote.status()).as(vote.raw().body()).isEqualTo(200);
    assertThat(vote.body().path("state").asText()).isEqualTo("PREPARED");
    return gid;
  }

  private Answer resolve(String gid, String decision) {
    return api.send(
        "POST",
        Part.INVENTORY_SERVICE,
        "/transactions/" + gid + "/resolve",
        "{\"decision\":\"%s\",\"operator\":\"grace\",\"reason\":\"seen by the test\"}"
            .formatted(decision));
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
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    String gid = prepare(OrderApi.newKey());

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
    assertThat(resolve(gid, "COMMIT").status()).isEqualTo(409);
    assertThat(actions(gid))
        .containsExactly("grace commit-branch REFUSED", "ada abort-branch DONE");
  }

  @Test
  void branchThatItsCoordinatorForgotIsAborted() {
    orders.setStock(sku, 10);
    prepare(OrderApi.newKey());

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
