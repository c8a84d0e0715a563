package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: an adopter's connector is the one that the services run with. Method: the filled-in
 * template is compared with the services' own configurations.
 */
class ConnectorTemplateTest {
  private static final Path CONNECTORS =
      Path.of(System.getProperty("converge.root", "..")).resolve("infra/debezium");

  /** Settings that name the service or its database. */
  private static final Set<String> NAMES =
      Set.of(
          "database.hostname",
          "database.port",
          "database.dbname",
          "database.user",
          "database.password",
          "topic.prefix",
          "slot.name",
          "publication.name",
          "predicates.isOutbox.pattern",
          "predicates.isKnown.pattern",
          "transforms.source.value.literal");

  /** Settings that need this platform's own connector extensions. */
  private static final Set<String> EXTENSIONS =
      Set.of("connector.class", "poll.interval.ms", "queue.provider.type", "driver.socketFactory");

  private static JsonObject filled() {
    return ConnectorTemplate.fill(
        "shop", new ConnectorTemplate.Database("db", "5432", "shop", "shop_debezium", "${env:PW}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"order", "inventory", "payment"})
  void theTemplateAgreesWithTheServicesConnectors(String service) throws IOException {
    TreeMap<String, Object> own =
        new TreeMap<>(
            new JsonObject(Files.readString(CONNECTORS.resolve(service + "-outbox.json")))
                .getMap());
    TreeMap<String, Object> template = new TreeMap<>(filled().getMap());

    own.remove("queue.provider.type");
    own.remove("driver.socketFactory");
    assertThat(template.keySet()).isEqualTo(own.keySet());
    template.keySet().removeAll(NAMES);
    template.keySet().removeAll(EXTENSIONS);
    assertThat(own).containsAllEntriesOf(template);
  }

  @Test
  void fillsInEveryParameter() {
    assertThat(filled().encode()).doesNotContain("{{").contains("${routedByValue}");
    assertThat(filled().getString("topic.prefix")).isEqualTo("shop");
    assertThat(filled().getString("slot.name")).isEqualTo("shop_outbox");
    assertThat(filled().getString("database.password")).isEqualTo("${env:PW}");
    assertThat(filled().getString("predicates.isKnown.pattern"))
        .isEqualTo("shop\\.public\\.outbox|__debezium-heartbeat\\.shop");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Shop", "1shop", "shop.x", "a b", "shop-x"})
  void refusesANameThatIsNoIdentifier(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> ConnectorTemplate.fill(name, new ConnectorTemplate.Database("", "", "", "", "")));
  }
}
