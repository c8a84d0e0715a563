package dev.converge.system;

import static dev.converge.system.BranchRequests.BRANCH;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: every route of transactions answers as documented, and bad input prepares nothing. Method:
 * requests to the routes of each service, whose answers are compared with its OpenAPI document.
 */
@OwnPlatform
class BranchRoutesIT {
  private static final TestPlatform PLATFORM = ProtocolOrders.shared();
  private static final Duration SOON = Duration.ofSeconds(60);

  private final ProtocolOrders orders = new ProtocolOrders(PLATFORM);
  private final OrderApi api = new OrderApi(PLATFORM);
  private final String sku = "item-" + OrderApi.newKey().substring(0, 8);
  private final BranchRequests branches = new BranchRequests(api, sku);

  @AfterEach
  void resumeCoordinatorThatEndsItsBranches() {
    orders.resumeCoordinator(SOON);
  }

  @Test
  void badRequestPreparesNothingAndNamesItsFaults() {
    orders.setStock(sku, 10);
    DocumentedApi inventory = new DocumentedApi(api, Part.INVENTORY_SERVICE);
    DocumentedApi payment = new DocumentedApi(api, Part.PAYMENT_SERVICE);
    String orderId = OrderApi.newKey();
    String gid = "2pc." + orderId + ".inventory_payment";

    inventory.request(400, "PUT", BRANCH, gid, "{}");
    inventory.request(400, "PUT", BRANCH, gid, "{\"orderId\":\"x\"}");
    inventory.request(422, "PUT", BRANCH, gid, branches.stock(OrderApi.newKey(), 1));
    inventory.request(422, "PUT", BRANCH, gid, "{\"orderId\":\"" + orderId + "\",\"lines\":[]}");
    JsonNode quantity = inventory.request(422, "PUT", BRANCH, gid, branches.stock(orderId, -5));
    assertThat(quantity.path("errors").path(0).path("pointer").asText())
        .isEqualTo("/lines/0/quantity");
    JsonNode amount =
        payment.request(
            422,
            "PUT",
            BRANCH,
            gid,
            "{\"orderId\":\"%s\",\"token\":\"tok_wallet_x\",\"amountMinor\":-500,\"currency\":\"EUR\"}"
                .formatted(orderId));
    assertThat(amount.path("errors").path(0).path("pointer").asText()).isEqualTo("/amountMinor");
    new DocumentedApi(api, Part.ORDER_SERVICE)
        .request(
            400,
            "PUT",
            BRANCH,
            "2pc-quorum." + orderId + ".inventory_order_payment",
            "{\"orderId\":\"x\"}");
    assertThat(orders.inDoubt()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"precommit", "commit", "abort"})
  void dualWriteHasNoDecision(String request) {
    String gid = "dual-write." + OrderApi.newKey() + ".inventory_payment";

    JsonNode refused =
        new DocumentedApi(api, Part.INVENTORY_SERVICE)
            .request(404, "POST", BRANCH + "/" + request, gid, null);

    assertThat(refused.path("detail").asText())
        .isEqualTo("the protocol dual-write has no " + request.toUpperCase(Locale.ROOT));
  }

  @Test
  void bodyIsCheckedAlsoWhereTheBranchIsPrepared() {
    orders.setStock(sku, 10);
    orders.pauseCoordinator();
    String orderId = OrderApi.newKey();
    String gid = branches.prepare(orderId);
    DocumentedApi inventory = new DocumentedApi(api, Part.INVENTORY_SERVICE);

    inventory.request(400, "PUT", BRANCH, gid, "{}");
    inventory.request(422, "PUT", BRANCH, gid, branches.stock(orderId, -5));
    inventory.request(200, "PUT", BRANCH, gid, branches.stock(orderId, 2));
  }

  @Test
  void triedBranchHasNoVoteForAnotherBody() {
    orders.setStock(sku, 10);
    orders.pauseCoordinator();
    String orderId = OrderApi.newKey();
    String gid = "tcc." + orderId + ".inventory_payment";
    DocumentedApi inventory = new DocumentedApi(api, Part.INVENTORY_SERVICE);

    inventory.request(200, "PUT", BRANCH, gid, branches.stock(orderId, 2));
    JsonNode refusal = inventory.request(409, "PUT", BRANCH, gid, branches.stock(orderId, 3));

    assertThat(refusal.path("reason").asText()).isEqualTo("REQUEST_DIFFERS");
    inventory.request(200, "PUT", BRANCH, gid, branches.stock(orderId, 2));
  }

  @Test
  void bodiesAreReadAsStrictlyAsThoseOfOtherRoutes() {
    String orderId = OrderApi.newKey();
    String gid = "2pc." + orderId + ".inventory_payment";
    for (Part service : List.of(Part.INVENTORY_SERVICE, Part.PAYMENT_SERVICE)) {
      DocumentedApi documented = new DocumentedApi(api, service);
      for (String[] route : new String[][] {{"PUT", BRANCH}, {"POST", BRANCH + "/resolve"}}) {
        assertType(documented, route, gid, "{", "/problems/malformed-json");
        assertType(documented, route, gid, "{} {}", "/problems/malformed-json");
        assertType(documented, route, gid, "[]", "/problems/invalid-body");
        assertType(
            documented,
            route,
            gid,
            "{\"reason\":\"a\",\"reason\":\"b\"}",
            "/problems/invalid-body");
        assertType(documented, route, gid, "{\"orderId\":7}", "/problems/invalid-body");
      }
    }
    DocumentedApi register = new DocumentedApi(api, Part.ORDER_SERVICE);
    String[] proposals = {"POST", BRANCH + "/proposals"};
    assertType(register, proposals, gid, "{", "/problems/malformed-json");
    assertType(register, proposals, gid, "{\"decision\":1}", "/problems/invalid-body");
    assertType(register, proposals, gid, "{}", "/problems/invalid-body");
    assertThat(orders.inDoubt()).isEmpty();
  }

  private static void assertType(
      DocumentedApi documented, String[] route, String gid, String body, String type) {
    JsonNode problem = documented.request(400, route[0], route[1], gid, body);
    assertThat(problem.path("type").asText()).as(route[1] + " " + body).isEqualTo(type);
  }

  @Test
  void routesOfABranchAnswerAsDocumented() {
    orders.setStock(sku, 10);
    DocumentedApi inventory = new DocumentedApi(api, Part.INVENTORY_SERVICE);
    String orderId = OrderApi.newKey();
    String gid = "3pc." + orderId + ".inventory_payment";

    inventory.request(200, "GET", BRANCH, gid, null);
    JsonNode refusal = inventory.request(409, "PUT", BRANCH, gid, branches.stock(orderId, 11));
    assertThat(refusal.path("reason").asText()).isEqualTo("OUT_OF_STOCK");
    inventory.request(200, "PUT", BRANCH, gid, branches.stock(orderId, 2));
    inventory.request(200, "GET", "/transactions", "", null);
    inventory.request(200, "POST", BRANCH + "/precommit", gid, null);
    JsonNode committed = inventory.request(200, "POST", BRANCH + "/commit", gid, null);
    assertThat(committed.path("state").asText()).isEqualTo("COMMITTED");
    inventory.request(
        409, "POST", BRANCH + "/resolve", gid, BranchRequests.resolution("ABORT", "grace"));
    inventory.request(
        422, "POST", BRANCH + "/resolve", gid, BranchRequests.resolution("ABORT", ""));
    inventory.request(
        409, "POST", BRANCH + "/acknowledge", gid, BranchRequests.acknowledgement("grace"));
    inventory.request(
        422, "POST", BRANCH + "/acknowledge", gid, BranchRequests.acknowledgement(""));
    inventory.request(400, "PUT", BRANCH, gid, "[]");
    inventory.request(404, "PUT", BRANCH, "3pc", branches.stock(orderId, 2));
    inventory.request(400, "POST", BRANCH + "/commit", gid, "{}");
  }

  @Test
  void otherServicesVoteAsDocumented() {
    DocumentedApi payment = new DocumentedApi(api, Part.PAYMENT_SERVICE);
    String orderId = OrderApi.newKey();
    String gid = "2pc-quorum." + orderId + ".inventory_order_payment";
    String wallet =
        "{\"orderId\":\"%s\",\"token\":\"tok_wallet_no\",\"amountMinor\":5,\"currency\":\"EUR\"}";

    JsonNode declined = payment.request(409, "PUT", BRANCH, gid, wallet.formatted(orderId));
    assertThat(declined.path("reason").asText()).isEqualTo("PAYMENT_DECLINED");
    payment.request(200, "POST", BRANCH + "/abort", gid, null);
    JsonNode elsewhere =
        new DocumentedApi(api, Part.ORDER_SERVICE).request(409, "PUT", BRANCH, gid, "{}");
    assertThat(elsewhere.path("reason").asText()).isEqualTo("NOT_COORDINATED_HERE");
  }

  @Test
  void registerAnswersAsDocumented() {
    DocumentedApi register = new DocumentedApi(api, Part.ORDER_SERVICE);
    String proposals = BRANCH + "/proposals";
    String gid = "2pc." + OrderApi.newKey() + ".inventory_payment";

    register.request(422, "POST", proposals, gid, "{\"decision\":\"COMMIT\"}");
    JsonNode decision = register.request(200, "POST", proposals, gid, "{\"decision\":\"ABORT\"}");
    assertThat(decision.path("decision").asText()).isEqualTo("ABORT");
    register.request(404, "POST", proposals, "3pc" + gid.substring(3), "{\"decision\":\"ABORT\"}");
  }
}
