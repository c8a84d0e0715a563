package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.converge.lab.protocols.MessageSequence.Message;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: a trace becomes the messages between services. Method: spans as Zipkin returns them. */
class TraceMessagesTest {
  private static List<Message> messages(String... spans) throws JsonProcessingException {
    return TraceMessages.of(new ObjectMapper().readTree("[" + String.join(",", spans) + "]"));
  }

  private static String span(
      String id, String parent, String service, String kind, String name, long at, String tags) {
    return """
        {"id":"%s","parentId":"%s","kind":"%s","name":"%s","timestamp":%d,
         "localEndpoint":{"serviceName":"%s"},"tags":{%s}}
        """
        .formatted(id, parent, kind, name, at, service, tags);
  }

  private static final String ROOT =
      span("1", "", "order-service", "SERVER", "post /orders", 1_000, "");

  @Test
  void requestIsAMessageAtTheTimeItWasSent() throws Exception {
    assertThat(
            messages(
                ROOT,
                span("2", "1", "order-service", "CLIENT", "prepare", 3_000, ""),
                span("3", "2", "payment-service", "SERVER", "put", 4_000, "")))
        .containsExactly(
            new Message(0, "client", "order", "post /orders", false),
            new Message(2, "order", "payment", "prepare", false));
  }

  @Test
  void requestThatNoOneReceivedIsLost() throws Exception {
    assertThat(
            messages(
                ROOT,
                span(
                    "2",
                    "1",
                    "order-service-2",
                    "CLIENT",
                    "commit",
                    3_000,
                    "\"error\":\"timeout\",\"converge.participant\":\"payment\"")))
        .contains(new Message(2, "order", "payment", "commit", true));
  }

  @Test
  void receiverOfALostRequestIsTheParticipantThatReceivedNone() throws Exception {
    String gid = "\"converge.event\":\"PRECOMMIT\",\"converge.gid\":\"3pc.1-2.inventory_payment\"";
    assertThat(
            messages(
                ROOT,
                span("2", "1", "order-service", "CLIENT", "precommit", 3_000, gid),
                span("3", "1", "order-service", "CLIENT", "precommit", 3_100, gid),
                span("4", "2", "inventory-service", "SERVER", "post", 3_500, ""),
                span("5", "2", "inventory-service", "SERVER", "precommit", 3_600, gid)))
        .extracting(Message::to)
        .containsExactly("order", "inventory", "payment");
  }

  @Test
  void requestWithinOneServiceIsNoMessage() throws Exception {
    assertThat(
            messages(
                ROOT,
                span("2", "1", "order-service", "CLIENT", "PREPARE", 3_000, ""),
                span("3", "2", "order-service", "SERVER", "PREPARE", 3_100, "")))
        .hasSize(1);
  }

  @Test
  void requestWhoseSenderHasNoSpanIsOneMessage() throws Exception {
    assertThat(
            messages(
                ROOT,
                span("2", "1", "inventory-service", "SERVER", "put /transactions/{gid}", 3_000, ""),
                span(
                    "3",
                    "1",
                    "inventory-service",
                    "SERVER",
                    "x",
                    3_400,
                    "\"converge.event\":\"PREPARE\"")))
        .extracting(Message::name)
        .containsExactly("post /orders", "PREPARE");
  }

  @Test
  void proposalIsForTheRegister() throws Exception {
    String own =
        "\"converge.event\":\"PROPOSE_ABORT\",\"converge.gid\":\"2pc.1-2.inventory_payment\"";
    String named = "\"converge.event\":\"%s\",\"converge.participant\":\"register\"";
    assertThat(
            messages(
                span("2", "", "payment-service", "CLIENT", "x", 3_000, own),
                span(
                    "3",
                    "",
                    "payment-service",
                    "CLIENT",
                    "x",
                    4_000,
                    named.formatted("PROPOSE_ABORT")),
                span(
                    "4",
                    "3",
                    "payment-service",
                    "CLIENT",
                    "x",
                    5_000,
                    named.formatted("READ_DECISION"))))
        .containsExactly(
            new Message(0, "payment", "order", "PROPOSE_ABORT", false),
            new Message(1, "payment", "register", "PROPOSE_ABORT", false),
            new Message(2, "payment", "register", "READ_DECISION", false));
  }

  @Test
  void requestWhoseAnswerIsLostIsMarked() throws Exception {
    assertThat(
            messages(
                ROOT,
                span("2", "1", "order-service", "CLIENT", "commit", 3_000, "\"error\":\"timeout\""),
                span("3", "2", "payment-service", "SERVER", "post", 4_000, "")))
        .contains(new Message(2, "order", "payment", "commit", true));
  }

  @Test
  void eventOfTheTopicsIsNamedByItsType() throws Exception {
    assertThat(
            messages(
                ROOT,
                span("2", "1", "order-service", "PRODUCER", "create inventory.commands", 2_000, ""),
                span(
                    "3",
                    "2",
                    "inventory-service",
                    "CONSUMER",
                    "process inventory.commands",
                    9_000,
                    "\"cloudevents.event_type\":\"dev.converge.inventory.ReserveStock.v1\"")))
        .contains(new Message(8, "order", "inventory", "ReserveStock", false));
  }

  @Test
  void emptyTraceHasNoMessages() throws Exception {
    assertThat(messages()).isEmpty();
  }
}
