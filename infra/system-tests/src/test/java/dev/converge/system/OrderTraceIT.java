package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * An order is one trace, from the POST to its end. Reads the whole tree from the API of the trace
 * UI and compares it, span by span, with the saga's steps.
 */
@Order(3)
class OrderTraceIT {
  // Of a completed order and of a declined one alike: one server span, and three spans for each of
  // the six messages that are handled, and one for the event, which has no handler here.
  private static final int SPANS_OF_AN_ORDER = 20;

  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = new OrderApi(platform);

  @Test
  void completedOrderIsOneTraceThroughAllServices() {
    String orderId = api.place("espresso-beans", 1, "tok_ok");
    assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
        .isEqualTo("COMPLETED");

    assertThat(tree(orderId))
        .containsExactly(
            "order-service SERVER post /orders",
            "  order-service PRODUCER create inventory.commands",
            "    inventory-service INTERNAL deliver inventory.commands",
            "    inventory-service CONSUMER process inventory.commands",
            "      inventory-service PRODUCER create order.replies",
            "        order-service INTERNAL deliver order.replies",
            "        order-service CONSUMER process order.replies",
            "          order-service PRODUCER create payment.commands",
            "            payment-service INTERNAL deliver payment.commands",
            "            payment-service CONSUMER process payment.commands",
            "              payment-service PRODUCER create order.replies",
            "                order-service INTERNAL deliver order.replies",
            "                order-service CONSUMER process order.replies",
            "                  order-service PRODUCER create inventory.commands",
            "                    inventory-service INTERNAL deliver inventory.commands",
            "                    inventory-service CONSUMER process inventory.commands",
            "                      inventory-service PRODUCER create order.replies",
            "                        order-service INTERNAL deliver order.replies",
            "                        order-service CONSUMER process order.replies",
            "                          order-service PRODUCER create order.events");
  }

  @Test
  void compensatedOrderIsOneTraceWithItsUndo() {
    String orderId = api.place("espresso-beans", 1, "tok_declined");
    assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
        .isEqualTo("REJECTED");

    List<String> tree = tree(orderId);
    assertThat(tree)
        .hasSize(SPANS_OF_AN_ORDER)
        .first()
        .isEqualTo("order-service SERVER post /orders");
    assertThat(tree.stream().filter(span -> span.contains("process inventory.commands")))
        .as("reservation and its undo")
        .hasSize(2);
    assertThat(tree).last().asString().endsWith("order-service PRODUCER create order.events");
  }

  @Test
  void spansOfTheSagaHaveItsProtocol() {
    String orderId = api.place("espresso-beans", 1, "tok_ok");
    api.awaitEnd(orderId, Duration.ofSeconds(60));
    tree(orderId);

    assertThat(spans(orderId))
        .hasSizeGreaterThanOrEqualTo(SPANS_OF_AN_ORDER)
        .allSatisfy(
            span ->
                assertThat(span.path("tags").path("converge.protocol").asText())
                    .as(span.path("name").asText())
                    .isEqualTo("saga"));
  }

  @Test
  void messagingSpansCarryTheConventionalAttributes() {
    String orderId = api.place("espresso-beans", 1, "tok_ok");
    api.awaitEnd(orderId, Duration.ofSeconds(60));
    tree(orderId);

    JsonNode process =
        spans(orderId).stream()
            .filter(span -> span.path("name").asText().equals("process payment.commands"))
            .findFirst()
            .orElseThrow();
    JsonNode tags = process.path("tags");
    assertThat(tags.path("messaging.system").asText()).isEqualTo("kafka");
    assertThat(tags.path("messaging.operation.name").asText()).isEqualTo("process");
    assertThat(tags.path("messaging.operation.type").asText()).isEqualTo("process");
    assertThat(tags.path("messaging.destination.name").asText()).isEqualTo("payment.commands");
    assertThat(tags.path("messaging.consumer.group.name").asText()).isEqualTo("payment-service");
    assertThat(tags.path("messaging.kafka.message.key").asText()).isEqualTo(orderId);
    assertThat(tags.path("messaging.message.conversation_id").asText()).isEqualTo(orderId);
    assertThat(tags.has("messaging.kafka.offset")).isTrue();
    assertThat(tags.has("messaging.message.id")).isTrue();
  }

  /** The trace as an indented tree, once it has all of its spans. */
  private List<String> tree(String orderId) {
    return Awaitility.await("trace of order " + orderId)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(250))
        .until(
            () -> lines(spans(orderId)),
            lines -> lines.size() >= SPANS_OF_AN_ORDER && lines.get(0).contains("SERVER"));
  }

  private List<JsonNode> spans(String orderId) {
    String trace = api.order(orderId).path("links").path("trace").asText();
    String traceId = trace.substring(trace.lastIndexOf('/') + 1);
    List<JsonNode> spans = new ArrayList<>();
    api.send("GET", Part.ZIPKIN, "/api/v2/trace/" + traceId, null).body().forEach(spans::add);
    return spans;
  }

  private static List<String> lines(List<JsonNode> spans) {
    Map<String, List<JsonNode>> children = new HashMap<>();
    Map<String, JsonNode> byId = new HashMap<>();
    spans.forEach(span -> byId.put(span.path("id").asText(), span));
    for (JsonNode span : spans) {
      String parent = span.path("parentId").asText("");
      children
          .computeIfAbsent(byId.containsKey(parent) ? parent : "", p -> new ArrayList<>())
          .add(span);
    }
    List<String> lines = new ArrayList<>();
    addLines(lines, children, "", "");
    return lines;
  }

  private static void addLines(
      List<String> lines, Map<String, List<JsonNode>> children, String parent, String indent) {
    List<JsonNode> below = new ArrayList<>(children.getOrDefault(parent, List.of()));
    below.sort((a, b) -> Long.compare(a.path("timestamp").asLong(), b.path("timestamp").asLong()));
    for (JsonNode span : below) {
      lines.add(
          indent
              + span.path("localEndpoint").path("serviceName").asText()
              + " "
              + span.path("kind").asText("INTERNAL")
              + " "
              + span.path("name").asText());
      addLines(lines, children, span.path("id").asText(), indent + "  ");
    }
  }
}
