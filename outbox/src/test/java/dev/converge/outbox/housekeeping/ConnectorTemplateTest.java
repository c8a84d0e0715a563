package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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

  /** Settings in which the services' connectors differ from the template, with the reason. */
  private static final Map<String, String> EXTENSIONS =
      Map.of(
          "connector.class",
          "it sends a message after its predecessor is acknowledged",
          "queue.provider.type",
          "its queue returns available changes immediately",
          "poll.interval.ms",
          "the interval is paid at every hop without that queue, so the template's is short",
          "driver.socketFactory",
          "its sockets wait for data; without them the reader polls");

  private static final Set<String> EXTENSIONS_ONLY =
      Set.of("queue.provider.type", "driver.socketFactory");

  private static JsonObject filled() {
    return ConnectorTemplate.fill(
        "shop", new ConnectorTemplate.Database("db", "5432", "shop", "shop_debezium", "${env:PW}"));
  }

  private static Map<String, Object> own(String service) throws IOException {
    return new TreeMap<>(
        new JsonObject(Files.readString(CONNECTORS.resolve(service + "-outbox.json"))).getMap());
  }

  @ParameterizedTest
  @ValueSource(strings = {"order", "inventory", "payment"})
  void templateAgreesWithTheServicesConnectors(String service) throws IOException {
    Map<String, Object> own = own(service);
    Map<String, Object> template = new TreeMap<>(filled().getMap());

    assertThat(own).containsKeys(EXTENSIONS.keySet().toArray(String[]::new));
    assertThat(template).doesNotContainKeys(EXTENSIONS_ONLY.toArray(String[]::new));
    own.keySet().removeAll(EXTENSIONS_ONLY);
    assertThat(own.keySet()).isEqualTo(template.keySet());
    for (Map<String, Object> settings : List.of(own, template)) {
      settings.keySet().removeAll(NAMES);
      settings.keySet().removeAll(EXTENSIONS.keySet());
    }
    assertThat(own).isEqualTo(template);
  }

  @ParameterizedTest
  @ValueSource(strings = {"inventory", "payment"})
  void servicesConnectorsDifferInNamesOnly(String service) throws IOException {
    Map<String, Object> own = own(service);
    Map<String, Object> order = own("order");

    assertThat(own.keySet()).isEqualTo(order.keySet());
    own.keySet().removeAll(NAMES);
    order.keySet().removeAll(NAMES);
    assertThat(own).isEqualTo(order);
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
  void refusesANameThatIsNotAnIdentifier(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> ConnectorTemplate.fill(name, new ConnectorTemplate.Database("", "", "", "", "")));
  }
}
