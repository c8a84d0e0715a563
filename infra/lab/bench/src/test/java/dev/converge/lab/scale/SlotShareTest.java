package dev.converge.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Goal: shares cover an outbox, and their connectors differ from the service's in names only. */
class SlotShareTest {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../../..")).toAbsolutePath().normalize();

  @Test
  void oneShareFiltersNothing() {
    assertThat(new SlotShare(0, 1).createPublication()).doesNotContain("WHERE");
  }

  @Test
  void sharesFilterByEachRemainder() {
    assertThat(SlotShare.all(4).stream().map(SlotShare::condition))
        .containsExactly(
            "(hashtext(aggregateid) & 3) = 0",
            "(hashtext(aggregateid) & 3) = 1",
            "(hashtext(aggregateid) & 3) = 2",
            "(hashtext(aggregateid) & 3) = 3");
  }

  @Test
  void numberOfSharesIsAPowerOfTwo() {
    assertThatThrownBy(() -> new SlotShare(0, 3)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new SlotShare(2, 2)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void connectorReadsItsOwnSlotAndSendsToItsOwnHeartbeats() throws Exception {
    String ofOrders = Files.readString(ROOT.resolve("infra/debezium/order-outbox.json"));
    JsonNode config = new ObjectMapper().readTree(new SlotShare(1, 2).connector(ofOrders));

    assertThat(config.path("slot.name").asText()).isEqualTo("lab_2_1");
    assertThat(config.path("publication.name").asText()).isEqualTo("lab_2_1");
    assertThat(config.path("topic.prefix").asText()).isEqualTo("lab2x1");
    assertThat(config.path("predicates.isOutbox.pattern").asText())
        .isEqualTo("lab2x1\\.public\\.outbox");
    assertThat(config.path("predicates.isKnown.pattern").asText())
        .isEqualTo("lab2x1\\.public\\.outbox|__debezium-heartbeat\\.lab2x1");
  }

  @Test
  void rowsThatAreMissingDoubledOrOutOfOrderAreCounted() {
    ArrivedRows arrived = new ArrivedRows(5);
    arrived.add("a", 0);
    arrived.add("a", 2);
    arrived.add("a", 1);
    arrived.add("b", 3);
    arrived.add("b", 3);

    assertThat(arrived.isComplete()).isFalse();
    assertThat(arrived.lost()).isEqualTo(1);
    assertThat(arrived.doubled()).isEqualTo(1);
    assertThat(arrived.outOfOrder()).isEqualTo(1);
  }
}
