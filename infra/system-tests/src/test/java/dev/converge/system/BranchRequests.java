package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;

/** Requests of a coordinator, or of an operator, to the branches of inventory-service. */
final class BranchRequests {
  static final String BRANCH = "/transactions/{gid}";

  private final OrderApi api;
  private final String sku;

  BranchRequests(OrderApi api, String sku) {
    this.api = api;
    this.sku = sku;
  }

  String prepare(String orderId) {
    String gid = "2pc." + orderId + ".inventory_payment";
    Answer vote =
        api.send("PUT", Part.INVENTORY_SERVICE, "/transactions/" + gid, stock(orderId, 2));
    assertThat(vote.status()).as(vote.raw().body()).isEqualTo(200);
    assertThat(vote.body().path("state").asText()).isEqualTo("PREPARED");
    return gid;
  }

  String stock(String orderId, int quantity) {
    return "{\"orderId\":\"%s\",\"lines\":[{\"sku\":\"%s\",\"quantity\":%d}]}"
        .formatted(orderId, sku, quantity);
  }

  static String resolution(String decision, String operator) {
    return "{\"decision\":\"%s\",\"operator\":\"%s\",\"reason\":\"seen by the test\"}"
        .formatted(decision, operator);
  }

  static String acknowledgement(String operator) {
    return "{\"operator\":\"%s\",\"reason\":\"repaired by the test\"}".formatted(operator);
  }

  Answer resolve(String gid, String decision) {
    return api.send(
        "POST",
        Part.INVENTORY_SERVICE,
        "/transactions/" + gid + "/resolve",
        resolution(decision, "grace"));
  }
}
