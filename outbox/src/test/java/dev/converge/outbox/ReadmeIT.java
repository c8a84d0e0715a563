package dev.converge.outbox;

import static dev.converge.testkit.OutboxPlatform.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.converge.outbox.example.ShopExample;
import dev.converge.platform.Http;
import dev.converge.testkit.OutboxPlatform;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Goal: who follows the README has a service that works. Method: its SQL, its connector and its
 * Java are taken from it and run, in a new database.
 */
class ReadmeIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "..")).toAbsolutePath().normalize();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<TreeMap<String, String>> SETTINGS = new TypeReference<>() {};

  private static String read(String file) throws IOException {
    return Files.readString(ROOT.resolve(file));
  }

  /** The README's code blocks of a language, in order. */
  private static List<String> blocks(String language) throws IOException {
    return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(read("outbox/README.md"))
        .results()
        .map((MatchResult block) -> block.group(1))
        .toList();
  }

  private static String withoutIndentation(String code) {
    return code.lines().map(String::strip).collect(Collectors.joining("\n"));
  }

  @Test
  void itsJavaIsTheExamplesJava() throws IOException {
    String example =
        withoutIndentation(
            read("outbox/src/test/java/dev/converge/outbox/example/ShopExample.java"));

    assertThat(blocks("java")).hasSizeGreaterThan(5);
    for (String block : blocks("java")) {
      assertThat(example).contains(withoutIndentation(block).strip());
    }
  }

  @Test
  void itsConnectorIsTheServicesConnectorUnderOtherNames() throws IOException {
    Map<String, String> readme = JSON.readValue(blocks("json").get(0), SETTINGS);
    Map<String, String> order = JSON.readValue(read("infra/debezium/order-outbox.json"), SETTINGS);
    Set<String> names =
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
            // The page's is Debezium's own, and it says what the services' keeps beside.
            "connector.class",
            // Goes with the platform's own queue, which a stranger's Connect worker does not have.
            "poll.interval.ms",
            "transforms.source.value.literal");

    order.remove("queue.provider.type");
    order.remove("driver.socketFactory");
    assertThat(readme.keySet()).isEqualTo(order.keySet());
    readme.keySet().removeAll(names);
    assertThat(order).containsAllEntriesOf(readme);
  }

  @Test
  void itsStepsMakeAServiceThatWorks() throws Exception {
    OutboxPlatform platform = OutboxPlatform.shared();
    String url = "jdbc:postgresql://127.0.0.1:" + platform.databasePort() + "/shop";
    List<String> sql = blocks("sql");
    platform.update("CREATE ROLE readme SUPERUSER LOGIN PASSWORD 'readme'");
    platform.update("CREATE DATABASE shop");
    execute(url, "readme", "readme", sql.get(0));
    execute(url, "readme", "readme", sql.get(1));
    ShopExample.migrate(url, "shop_owner", "change-me-1");
    execute(url, "shop_owner", "change-me-1", sql.get(2));
    execute(url, "shop_owner", "change-me-1", sql.get(3));
    platform.createTopic("shop.purchases", 6);
    platform.createTopic("__debezium-heartbeat.shop", 1);
    register(platform);
    Pool pool = platform.pool("shop", "shop_service", "change-me-2");
    ShopExample shop =
        new ShopExample(
            platform.vertx(),
            pool,
            OpenTelemetry.noop().getTracer("test"),
            new SimpleMeterRegistry());
    await(shop.maintainPartitions());

    String consumer = await(shop.consume(platform.bootstrapServers()));
    UUID purchase = await(shop.purchase("Ada"));
    await("the receipt").until(() -> receipts(pool, purchase) == 1);

    // The table refuses it, and takes another; the consumer parks it, an operator repairs the cause
    // and replays it.
    UUID refused = await(shop.purchase("Bob"));
    UUID next = await(shop.purchase("Cyd"));
    await("the next receipt").until(() -> receipts(pool, next) == 1);
    // The last of a topic is parked once another of its type is handled.
    await("the dead letter")
        .until(
            () -> {
              assertThat(await(shop.purchase("Dan"))).isNotNull();
              return !await(shop.deadLetters()).letters().isEmpty();
            });
    execute(url, "shop_owner", "change-me-1", "ALTER TABLE receipt DROP CONSTRAINT no_bob");
    assertThat(await(shop.replay(await(shop.deadLetters()).letters().get(0)))).isTrue();
    assertThat(receipts(pool, refused)).isEqualTo(1);
    await(platform.vertx().undeploy(consumer));
    await(pool.close());
  }

  private static long receipts(Pool pool, UUID purchase) {
    return await(
        pool.preparedQuery("SELECT count(*) FROM receipt WHERE purchase_id = $1")
            .execute(Tuple.of(purchase))
            .map(rows -> rows.iterator().next().getLong(0)));
  }

  private static void execute(String url, String user, String password, String sql)
      throws SQLException {
    try (Connection connection = DriverManager.getConnection(url, user, password);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void register(OutboxPlatform platform) throws IOException {
    Map<String, String> connector = JSON.readValue(blocks("json").get(0), SETTINGS);
    connector.put("database.hostname", "127.0.0.1");
    connector.put("database.port", Integer.toString(platform.databasePort()));
    String config = JSON.writeValueAsString(connector);
    Http http = new Http();
    String url = platform.connectUrl() + "/connectors/shop-outbox";
    await("the connector to be taken")
        .ignoreExceptions()
        .until(() -> http.send("PUT", url + "/config", config).status() < 300);
    await("the connector to run")
        .ignoreExceptions()
        .until(
            () -> {
              JsonNode status = http.get(url + "/status").body();
              return status.path("tasks").path(0).path("state").asText().equals("RUNNING");
            });
  }
}
