package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Goal: cases with one cause are one group. Method: answers of services. */
class AttentionTest {
  private static JsonObject stuck(String id, String step) {
    return new JsonObject().put("orderId", id).put("status", "STUCK").put("step", step);
  }

  private static JsonObject letter(String id, String reason, String at) {
    return new JsonObject()
        .put("deadLetterId", id)
        .put("type", "dev.converge.inventory.ShipStock.v1")
        .put("reason", reason)
        .put("parkedAt", at);
  }

  private static Stream<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast);
  }

  @Test
  void stuckSagasAreGroupedByTheirStepAndDirection() {
    JsonObject shown =
        new Attention(
                List.of(
                    stuck("a", "ship-stock"),
                    stuck("b", "charge-payment").put("abortReason", "TIMED_OUT"),
                    stuck("c", "charge-payment").put("abortReason", "CANCELLED_BY_CUSTOMER")),
                Map.of(),
                Map.of(),
                Map.of(),
                Set.of())
            .json();

    assertThat(objects(shown.getJsonArray("stuck")).map(group -> group.getString("cause")))
        .containsExactly("undo of charge-payment", "ship-stock");
    assertThat(objects(shown.getJsonArray("stuck")).map(group -> group.getInteger("count")))
        .containsExactly(2, 1);
  }

  @Test
  void idsAndNumbersDoNotMakeAnotherCause() {
    JsonObject shown =
        new Attention(
                List.of(),
                Map.of(
                    "inventory",
                    List.of(
                        letter(
                            "1",
                            "order 0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901 is RELEASED after 3 s",
                            "2026-11-30T12:00:00Z"),
                        letter(
                            "2",
                            "order 0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a902 is RELEASED after 14 s",
                            "2026-11-30T12:00:09Z"),
                        letter("3", "sku: null", "2026-11-30T12:00:01Z"))),
                Map.of(),
                Map.of(),
                Set.of())
            .json();

    JsonObject first = shown.getJsonArray("letters").getJsonObject(0);
    assertThat(first.getString("cause")).isEqualTo("ShipStock.v1: order … is RELEASED after N s");
    assertThat(first.getJsonArray("members")).containsExactly("1", "2");
    assertThat(first.getString("newest")).isEqualTo("2026-11-30T12:00:09Z");
    assertThat(shown.getJsonArray("letters")).hasSize(2);
  }

  @Test
  void findingsNameTheirService() {
    JsonObject audit =
        new JsonObject()
            .put("findings", new JsonArray().add(new JsonObject().put("check", "sagas-stuck")));

    JsonObject shown =
        new Attention(List.of(), Map.of(), Map.of("order", audit), Map.of(), Set.of("payment"))
            .json();

    assertThat(shown.getJsonArray("findings").getJsonObject(0).getString("service"))
        .isEqualTo("order");
    assertThat(shown.getJsonArray("unknown")).containsExactly("payment");
    // The answer of the service is not changed.
    assertThat(audit.getJsonArray("findings").getJsonObject(0).containsKey("service")).isFalse();
  }

  @Test
  void branchesInDoubtAreListedOldestFirst() {
    JsonObject shown =
        new Attention(
                List.of(),
                Map.of(),
                Map.of(),
                Map.of(
                    "inventory", inDoubt("2pc.a.inventory", 12_400),
                    "payment", inDoubt("2pc.b.payment", 61_900)),
                Set.of())
            .json();

    assertThat(objects(shown.getJsonArray("inDoubt")).map(branch -> branch.getString("gid")))
        .containsExactly("2pc.b.payment", "2pc.a.inventory");
    assertThat(objects(shown.getJsonArray("inDoubt")).map(branch -> branch.getLong("ageSeconds")))
        .containsExactly(60L, 10L);
    assertThat(objects(shown.getJsonArray("divergent")).map(branch -> branch.getString("service")))
        .containsExactly("inventory", "payment");
  }

  private static JsonObject inDoubt(String gid, long ageMillis) {
    JsonObject branch =
        new JsonObject()
            .put("gid", gid)
            .put("state", "PREPARED")
            .put("ageMillis", ageMillis)
            .put("waiters", 2)
            .put("logBytesHeld", 4_096);
    return new JsonObject()
        .put("inDoubt", new JsonArray().add(branch))
        .put("divergent", new JsonArray().add("3pc.c.inventory_payment"));
  }
}
