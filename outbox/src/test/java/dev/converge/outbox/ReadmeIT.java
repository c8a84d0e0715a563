package dev.converge.outbox;

import static dev.converge.testkit.OutboxPlatform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.example.ShopExample;
import dev.converge.outbox.housekeeping.ConnectorTemplate;
import dev.converge.testkit.OutboxPlatform;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Goal: a reader who follows the README has a service that works. Method: its SQL, its topics and
 * its Java are taken from it and run, in a new database, beside the other classes: a connector is
 * registered after 20 s.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(value = OutboxPlatform.PARTS, mode = ResourceAccessMode.READ)
class ReadmeIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "..")).toAbsolutePath().normalize();
  private static final Pattern TOPIC =
      Pattern.compile("--create --topic (\\S+) --partitions (\\d+)");
  private static final Pattern SETTINGS = Pattern.compile("PGOPTIONS='(-c \\S+)' psql .* -d shop");

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
  void theJavaIsThatOfTheExample() throws IOException {
    String example =
        withoutIndentation(
            read("outbox/src/test/java/dev/converge/outbox/example/ShopExample.java"));

    assertThat(blocks("java")).hasSizeGreaterThan(5);
    for (String block : blocks("java")) {
      assertThat(example).contains(withoutIndentation(block).strip());
    }
  }

  @Test
  void theStepsMakeAWorkingService() throws Exception {
    OutboxPlatform platform = OutboxPlatform.shared();
    String server = "jdbc:postgresql://127.0.0.1:" + platform.databasePort() + "/";
    platform.update("CREATE ROLE readme SUPERUSER LOGIN PASSWORD 'readme'");
    // CREATE DATABASE does not run in a transaction, which several statements at a time would
    // share.
    for (String line : blocks("sql").get(0).lines().toList()) {
      execute(server + "postgres", "readme", "readme", line);
    }
    ShopExample.migrate(server + "shop", "shop_owner", "change-me-1");
    execute(server + "shop?options=" + settings(), "readme", "readme", setup());
    execute(server + "shop", "shop_owner", "change-me-1", blocks("sql").get(1));
    TOPIC
        .matcher(read("outbox/README.md"))
        .results()
        .forEach(topic -> platform.createTopic(topic.group(1), Integer.parseInt(topic.group(2))));
    Pool pool = platform.pool("shop", "shop_service", "change-me-2");
    ShopExample shop = new ShopExample(platform.vertx(), pool);

    String housekeeping =
        await(
            shop.keep(
                URI.create(platform.connectUrl()),
                platform.bootstrapServers(),
                new ConnectorTemplate.Database(
                    "127.0.0.1",
                    Integer.toString(platform.databasePort()),
                    "shop",
                    "shop_debezium",
                    "change-me-3")));
    String consumer = await(shop.consume(platform.bootstrapServers()));
    UUID purchase = await(shop.purchase("Ada"));
    await("the receipt").until(() -> receipts(pool, purchase) == 1);
    await("today's partition").until(() -> platformPartitions(server) >= 1);

    // The table refuses one message and accepts the next. The consumer parks the refused one; an
    // operator repairs the cause and replays it.
    UUID refused = await(shop.purchase("Bob"));
    UUID next = await(shop.purchase("Cyd"));
    await("the next receipt").until(() -> receipts(pool, next) == 1);
    // The last message of a topic is parked once another of its type is handled.
    await("the dead letter")
        .until(
            () -> {
              assertThat(await(shop.purchase("Dan"))).isNotNull();
              return !await(shop.deadLetters()).letters().isEmpty();
            });
    execute(
        server + "shop", "shop_owner", "change-me-1", "ALTER TABLE receipt DROP CONSTRAINT no_bob");
    assertThat(await(shop.replay(await(shop.deadLetters()).letters().get(0)))).isTrue();
    assertThat(receipts(pool, refused)).isEqualTo(1);
    await(platform.vertx().undeploy(consumer));
    await(platform.vertx().undeploy(housekeeping));
    await(pool.close());
  }

  /** The parameters that the page sets for setup.sql, as part of a JDBC address. */
  private static String settings() throws IOException {
    return SETTINGS
        .matcher(read("outbox/README.md"))
        .results()
        .map(found -> found.group(1).replace(" ", "%20"))
        .findFirst()
        .orElseThrow();
  }

  private static String setup() throws IOException {
    return read("outbox/src/main/resources/dev/converge/outbox/setup.sql");
  }

  private static long platformPartitions(String server) throws SQLException {
    try (Connection connection = DriverManager.getConnection(server + "shop", "readme", "readme");
        Statement statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "SELECT count(*) FROM pg_inherits WHERE inhparent = 'outbox'::regclass"
                    + " AND inhrelid <> 'outbox_default'::regclass")) {
      assertThat(rows.next()).isTrue();
      return rows.getLong(1);
    }
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
}
