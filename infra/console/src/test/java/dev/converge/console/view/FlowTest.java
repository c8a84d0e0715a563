package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.console.view.Flow.Seen;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: messages are counted by their way, and the sample is bounded. Method: lists of messages.
 */
class FlowTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

  private static Seen seen(String topic, String from) {
    return new Seen(topic, from, "order", "StockReserved", NOW, null);
  }

  @Test
  void repliesAreCountedByTheirSender() {
    JsonObject edges =
        Flow.json(
                List.of(
                    seen("order.replies", "inventory"),
                    seen("order.replies", "payment"),
                    seen("order.replies", "inventory")),
                0,
                NOW)
            .getJsonObject("edges");

    assertThat(edges.getJsonObject("inventory>order.replies").getInteger("n")).isEqualTo(2);
    assertThat(edges.getJsonObject("payment>order.replies").getInteger("n")).isEqualTo(1);
  }

  @Test
  void sampleIsBoundedAndTheCountIsNot() {
    List<Seen> many = new ArrayList<>(Collections.nCopies(300, seen("order.events", "order")));

    JsonObject flow = Flow.json(many, 12, NOW);

    JsonObject edge = flow.getJsonObject("edges").getJsonObject("order>order.events");
    assertThat(edge.getInteger("n")).isEqualTo(300);
    assertThat(edge.getJsonArray("sample")).hasSize(8);
    assertThat(flow.getLong("left")).isEqualTo(12);
  }

  @Test
  void namesAreTheShortOnes() {
    assertThat(Flow.sender("/inventory-service")).isEqualTo("inventory");
    assertThat(Flow.sender(null)).isEqualTo("unknown");
    assertThat(Flow.typeName("dev.converge.inventory.ReserveStock.v1")).isEqualTo("ReserveStock");
    assertThat(Flow.typeName("<img>")).isEqualTo("<img>");
    assertThat(Flow.typeName(null)).isEqualTo("no type");
  }
}
