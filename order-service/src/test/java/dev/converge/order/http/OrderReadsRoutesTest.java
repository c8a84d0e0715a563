package dev.converge.order.http;

import static dev.converge.testkit.DeployedApi.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.FakeReadNode;
import dev.converge.order.OrderApiServer;
import dev.converge.order.reads.NodePosition;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a request chooses its level by a header, and its answer says who served it. Method: the
 * routes behind a real server, on nodes whose positions the test sets.
 */
class OrderReadsRoutesTest {
  private static final String BODY =
      """
      {"customerId":"ada","currency":"EUR","paymentToken":"tok_ok",
       "lines":[{"sku":"mug","quantity":2,"unitPriceMinor":900}]}
      """;

  private static final OrderApiServer SERVER = OrderApiServer.withReplica();

  private final FakeReadNode replica = SERVER.replica();

  @BeforeEach
  void healthy() {
    replica.set(new NodePosition(true, 7, 1, 100, 50, 50, 20));
    SERVER.primary().fail(null);
  }

  @AfterAll
  static void close() {
    SERVER.close();
  }

  private static HttpResponse<String> get(String path, String... headers) {
    return SERVER.api().get(path, headers);
  }

  private static HttpResponse<String> place() {
    return SERVER.api().post("/orders", BODY, "Idempotency-Key", "key-1");
  }

  private static Optional<String> header(HttpResponse<String> answer, String name) {
    return answer.headers().firstValue(name);
  }

  @Test
  void readWithoutALevelIsOfThePrimaryAndSaysNothing() {
    int before = replica.reads();
    HttpResponse<String> answer = get("/orders");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().map()).doesNotContainKeys("read-served-by", "read-staleness-ms");
    assertThat(replica.reads()).isEqualTo(before);
  }

  @Test
  void readOfALevelSaysWhoServedIt() {
    HttpResponse<String> answer = get("/orders", "Read-Consistency", "eventual");
    assertThat(header(answer, "Read-Served-By")).contains("replica-1");
    assertThat(header(answer, "Read-Staleness-Ms")).contains("20");
    assertThat(header(answer, "Consistency-Token")).isEmpty();

    HttpResponse<String> strong = get("/orders", "Read-Consistency", "strong");
    assertThat(header(strong, "Read-Served-By")).contains("primary");
    assertThat(header(strong, "Read-Staleness-Ms")).contains("0");
  }

  @Test
  void sessionFindsItsOrderWithTheTokenOfItsWrite() {
    HttpResponse<String> placed = place();
    String token = header(placed, "Consistency-Token").orElseThrow();
    String path = "/orders/" + new JsonObject(placed.body()).getString("orderId");

    HttpResponse<String> found =
        get(path, "Read-Consistency", "session", "Consistency-Token", token);
    assertThat(found.statusCode()).isEqualTo(200);
    assertThat(header(found, "Read-Served-By")).contains("replica-1");
    assertThat(header(found, "Consistency-Token")).isPresent();
  }

  @Test
  void orderThatIsNotFoundNamesTheNodeThatLacksIt() {
    HttpResponse<String> answer =
        get("/orders/0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901", "Read-Consistency", "eventual");
    assertProblem(answer, 404, "not-found");
    assertThat(header(answer, "Read-Served-By")).contains("replica-1");
  }

  @Test
  void unknownLevelIsRefused() {
    assertProblem(get("/orders", "Read-Consistency", "fresh"), 400, "read-consistency-invalid");
    assertProblem(
        get("/orders", "Read-Consistency", "session", "Consistency-Token", "x"),
        400,
        "read-consistency-invalid");
  }

  @Test
  void levelThatNoNodeMeetsIsRefusedForTheMoment() {
    replica.set(new NodePosition(true, 7, 1, 100, 50, 50, 300));
    SERVER.primary().fail(new IOException("down"));
    HttpResponse<String> answer = get("/orders", "Read-Consistency", "bounded;ms=200");
    assertProblem(answer, 503, "read-level-not-met");
    assertThat(header(answer, "Retry-After")).contains("1");
    assertThat(get("/orders", "Read-Consistency", "eventual").statusCode()).isEqualTo(200);
  }

  @Test
  void withoutReplicasThePrimaryAnswersEachLevelAndWritesHaveNoToken() {
    try (OrderApiServer alone = new OrderApiServer()) {
      HttpResponse<String> placed = alone.api().post("/orders", BODY, "Idempotency-Key", "key-1");
      assertThat(header(placed, "Consistency-Token")).isEmpty();
      for (String level : List.of("strong", "session", "bounded;ms=1", "eventual")) {
        HttpResponse<String> answer = alone.api().get("/orders", "Read-Consistency", level);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "Read-Served-By")).contains("primary");
        assertThat(header(answer, "Consistency-Token")).isEmpty();
      }
    }
  }
}
