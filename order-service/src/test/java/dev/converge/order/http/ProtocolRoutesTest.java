package dev.converge.order.http;

import static dev.converge.testkit.DeployedApi.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.InMemoryOrders;
import dev.converge.order.OrderApiServer;
import dev.converge.order.OrderDatabase;
import dev.converge.order.application.AdmissionControl;
import dev.converge.order.application.OrderProtocols;
import dev.converge.order.application.UnsettledBranches;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Request;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderProtocol;
import dev.converge.order.domain.OrderTransaction;
import dev.converge.testkit.DeployedApi;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: a request chooses its protocol by a header, and the order shows how it was committed.
 * Method: the routes behind a real server, on protocols whose outcome the SKU names.
 */
class ProtocolRoutesTest {
  private static final String GID = "2pc.0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901.inventory_payment";
  private static final Instant AT = Instant.parse("2026-11-21T09:30:00.401117Z");

  private static String body(String sku, String token) {
    return """
        {"customerId":"ada","currency":"EUR","paymentToken":"%s",
         "lines":[{"sku":"%s","quantity":2,"unitPriceMinor":900}]}
        """
        .formatted(token, sku);
  }

  private static HttpResponse<String> place(
      DeployedApi api, String sku, String token, String... by) {
    String[] headers = new String[2 + by.length];
    headers[0] = "Idempotency-Key";
    headers[1] = "key-" + sku + token;
    System.arraycopy(by, 0, headers, 2, by.length);
    return api.post("/orders", body(sku, token), headers);
  }

  /** Ends an order as its SKU says. */
  private static final class Scripted implements OrderProtocols {
    @Override
    public Future<Answer> commit(OrderProtocol protocol, Request request) {
      String sku = request.order().lines().get(0).sku();
      if (sku.equals("silent")) {
        return Future.failedFuture(new UndecidedException("no vote of payment"));
      }
      AbortReason rejection = sku.equals("gone") ? AbortReason.OUT_OF_STOCK : null;
      OrderTransaction by =
          new OrderTransaction(
              protocol,
              GID,
              rejection == null,
              Map.of("inventory", rejection == null ? "PREPARED" : "OUT_OF_STOCK"));
      Verdict verdict = sku.equals("again") ? Verdict.REPLAYED : Verdict.ACCEPTED;
      return Future.succeededFuture(new Answer(verdict, request.order().ended(by, rejection, AT)));
    }

    @Override
    public Future<UnsettledBranches> unsettled(Order order) {
      return Future.succeededFuture(
          new UnsettledBranches(List.of("payment"), List.of("inventory"), List.of("order")));
    }
  }

  private static final OrderApiServer SERVER = server(Optional.of(new Scripted()));

  private static OrderApiServer server(Optional<OrderProtocols> protocols) {
    return new OrderApiServer(AdmissionControl::new, protocols);
  }

  @AfterAll
  static void close() {
    SERVER.close();
  }

  @Test
  void withoutProtocolsOnlyTheSagaIsOn() {
    try (OrderApiServer server = server(Optional.empty())) {
      HttpResponse<String> saga = place(server.api(), "mug", "tok_ok", "Converge-Protocol", "saga");
      assertThat(saga.statusCode()).isEqualTo(202);
      assertThat(new JsonObject(saga.body()).getString("protocol")).isEqualTo("saga");

      HttpResponse<String> off = place(server.api(), "mug", "tok_a", "Converge-Protocol", "2pc");
      assertProblem(off, 409, "protocol-disabled");
      assertThat(off.body()).contains("./converge up --protocols");
    }
  }

  @Test
  void unknownProtocolIsRefusedWithTheKnownOnes() {
    HttpResponse<String> unknown = place(SERVER.api(), "mug", "tok_ok", "Converge-Protocol", "4pc");
    assertProblem(unknown, 400, "unknown-protocol");
    assertThat(unknown.body())
        .contains(
            "saga, tcc, 2pc, 2pc-quorum, 3pc, 3pc-termination, dual-write, dual-write-call-first");
    assertProblem(
        place(
            SERVER.api(), "mug", "tok_ok", "Converge-Protocol", "2pc", "Converge-Protocol", "2pc"),
        400,
        "unknown-protocol");
  }

  @Test
  void committedOrderIsAnsweredWithItsTransaction() {
    HttpResponse<String> answer =
        place(SERVER.api(), "mug", "tok_wallet_a", "Converge-Protocol", "2pc");
    JsonObject order = new JsonObject(answer.body());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    assertThat(order.getString("status")).isEqualTo("COMPLETED");
    assertThat(order.getString("protocol")).isEqualTo("2pc");
    assertThat(order.getString("endedAt")).isEqualTo(AT.toString());
    assertThat(order.getJsonObject("transaction"))
        .isEqualTo(
            new JsonObject()
                .put("gid", GID)
                .put("decision", "COMMIT")
                .put("votes", new JsonObject().put("inventory", "PREPARED")));
  }

  @Test
  void storyOfAnOrderShowsItsUnsettledBranches() {
    Order order = OrderDatabase.ended(InMemoryOrders.order(7), null);
    SERVER.orders().database().inTransaction(tx -> SERVER.orders().orders().insertEnded(tx, order));

    HttpResponse<String> answer = SERVER.api().get("/orders/" + order.orderId());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    JsonObject transaction = new JsonObject(answer.body()).getJsonObject("transaction");
    assertThat(transaction.getJsonArray("branchesInDoubt")).containsExactly("payment");
    assertThat(transaction.getJsonArray("branchesDivergent")).containsExactly("inventory");
    assertThat(transaction.getJsonArray("branchesUnknown")).containsExactly("order");
  }

  @Test
  void refusedOrderIsRejectedAndAReplayIsMarked() {
    HttpResponse<String> refused =
        place(SERVER.api(), "gone", "tok_wallet_a", "Converge-Protocol", "tcc");
    assertThat(refused.statusCode()).isEqualTo(201);
    assertThat(new JsonObject(refused.body()).getString("reason")).isEqualTo("OUT_OF_STOCK");

    HttpResponse<String> replayed =
        place(SERVER.api(), "again", "tok_wallet_a", "Converge-Protocol", "tcc");
    assertThat(replayed.statusCode()).isEqualTo(201);
    assertThat(replayed.headers().firstValue("Idempotency-Replayed")).contains("true");
  }

  @Test
  void undecidedOrderIsUnavailableAndMayBeRepeated() {
    HttpResponse<String> answer =
        place(SERVER.api(), "silent", "tok_wallet_a", "Converge-Protocol", "3pc");
    assertProblem(answer, 503, "unavailable");
    assertThat(answer.headers().firstValue("Retry-After")).contains("1");
  }

  @Test
  void sagaWithAKeyInDoubtIsUnavailableAndMayBeRepeated() {
    SERVER.orders().keys().leaveInDoubt("key-kept" + "tok_ok");

    HttpResponse<String> answer = place(SERVER.api(), "kept", "tok_ok");

    assertProblem(answer, 503, "unavailable");
    assertThat(answer.headers().firstValue("Retry-After")).contains("1");
    assertThat(answer.body())
        .contains("an earlier request with this Idempotency-Key is not decided yet");
    assertThat(place(SERVER.api(), "mug", "tok_ok").statusCode()).isEqualTo(202);
  }

  @Test
  void onlyAWalletCanTakePartInATransaction() {
    HttpResponse<String> answer =
        place(SERVER.api(), "mug", "tok_ok", "Converge-Protocol", "2pc-quorum");
    assertProblem(answer, 422, "unprocessable");
    assertThat(answer.body()).contains("/paymentToken");
  }
}
