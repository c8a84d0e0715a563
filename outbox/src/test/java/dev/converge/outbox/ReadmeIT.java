package dev.converge.outbox;

import static dev.converge.testkit.OutboxPlatform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.example.Migrate;
import dev.converge.outbox.example.ParkedReceipts;
import dev.converge.outbox.example.Shop;
import dev.converge.outbox.housekeeping.ConnectorTemplate;
import dev.converge.testkit.OutboxPlatform;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
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
    return code.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n"));
  }

  /** An example as the page shows it: without its package and the comment of its class. */
  private static String example(String name) throws IOException {
    String source = read("outbox/src/test/java/dev/converge/outbox/example/" + name + ".java");
    return source
        .replaceFirst("package dev\\.converge\\.outbox\\.example;\n", "")
        .replaceFirst("/\\*\\* .* \\*/\n", "");
  }

  /** The page's blocks, one after the other, are the examples that the compiler has accepted. */
  @Test
  void javaCodeIsExactlyThatOfTheExamples() throws IOException {
    assertThat(blocks("java")).hasSizeGreaterThan(4);
    assertThat(withoutIndentation(String.join("\n", blocks("java"))))
        .isEqualTo(
            withoutIndentation(example("Shop") + example("Migrate") + example("ParkedReceipts")));
  }

  @Test
  void dependenciesHaveTheVersionsOfTheBuild() throws IOException {
    String dependencies = blocks("xml").get(0);
    String build = read("pom.xml");

    assertThat(version(dependencies, "outbox")).isEqualTo(version(build, "converge"));
    assertThat(version(dependencies, "flyway-core")).isEqualTo(property(build, "flyway"));
    assertThat(version(dependencies, "flyway-database-postgresql"))
        .isEqualTo(property(build, "flyway"));
    assertThat(version(dependencies, "postgresql")).isEqualTo(property(build, "pgjdbc"));
  }

  private static String version(String xml, String artifact) {
    return first(xml, "<artifactId>" + artifact + "</artifactId>\\s*<version>([^<]+)</version>");
  }

  private static String property(String xml, String name) {
    return first(xml, "<" + name + "\\.version>([^<]+)<");
  }

  private static String first(String text, String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(found -> found.group(1))
        .findFirst()
        .orElseThrow(() -> new AssertionError("nothing matches " + pattern));
  }

  @Test
  void stepsOfTheReadmeCreateAWorkingService() throws Exception {
    OutboxPlatform platform = OutboxPlatform.shared();
    String server = "jdbc:postgresql://127.0.0.1:" + platform.databasePort() + "/";
    platform.update("CREATE ROLE readme SUPERUSER LOGIN PASSWORD 'readme'");
    // CREATE DATABASE does not run in a transaction, which several statements at a time would
    // share.
    for (String line : blocks("sql").get(0).lines().toList()) {
      execute(server + "postgres", "readme", "readme", line);
    }
    Migrate.migrate(server + "shop", "shop_owner", "change-me-1");
    execute(server + "shop?options=" + settings(), "readme", "readme", setup());
    execute(server + "shop", "shop_owner", "change-me-1", blocks("sql").get(1));
    TOPIC
        .matcher(read("outbox/README.md"))
        .results()
        .forEach(topic -> platform.createTopic(topic.group(1), Integer.parseInt(topic.group(2))));
    Vertx vertx = Vertx.vertx();
    Pool pool =
        PgBuilder.pool()
            .using(vertx)
            .connectingTo(
                new PgConnectOptions()
                    .setHost("127.0.0.1")
                    .setPort(platform.databasePort())
                    .setDatabase("shop")
                    .setUser("shop_service")
                    .setPassword("change-me-2"))
            .build();
    Shop shop = new Shop(vertx, pool);
    ParkedReceipts parked = new ParkedReceipts(pool);

    String housekeeping =
        await(
            shop.run(
                platform.bootstrapServers(),
                URI.create(platform.connectUrl()),
                new ConnectorTemplate.Database(
                    "127.0.0.1",
                    Integer.toString(platform.databasePort()),
                    "shop",
                    "shop_debezium",
                    "change-me-3")));
    assertThat(vertx.deploymentIDs()).hasSize(2).contains(housekeeping);
    UUID purchase = await(shop.purchase("Ada"));
    await("receipt").until(() -> receipts(pool, purchase) == 1);
    await("today's partition").until(() -> platformPartitions(server) >= 1);

    // The table refuses one message and accepts the next. The consumer parks the refused one; an
    // operator repairs the cause and replays it.
    UUID refused = await(shop.purchase("Bob"));
    UUID next = await(shop.purchase("Cyd"));
    await("next receipt").until(() -> receipts(pool, next) == 1);
    // The last message of a topic is parked once another of its type is handled.
    await("dead letter")
        .until(
            () -> {
              assertThat(await(shop.purchase("Dan"))).isNotNull();
              return !await(parked.oldest()).letters().isEmpty();
            });
    execute(
        server + "shop", "shop_owner", "change-me-1", "ALTER TABLE receipt DROP CONSTRAINT no_bob");
    assertThat(await(parked.replay(await(parked.oldest()).letters().get(0)))).isTrue();
    assertThat(receipts(pool, refused)).isEqualTo(1);
    await(vertx.close());
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
