package dev.converge.outbox.reconciler;

import static dev.converge.testkit.OutboxPlatform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.reconciler.example.ShopReconciler;
import dev.converge.platform.Part;
import dev.converge.testkit.OutboxPlatform;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;

/**
 * Goal: a service that follows the README detects and repairs a loss. Method: its SQL and its Java
 * are taken from the page and run. The role has no other rights. The slot is moved past a row that
 * the connector has not sent.
 */
class ReconcilerReadmeIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "..")).toAbsolutePath().normalize();
  private static final String ROLE = "shop_service";
  private static final String TOPIC = "test-reconciled";

  private final OutboxPlatform platform = OutboxPlatform.shared();

  private static String block(String language) throws IOException {
    return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(ROOT.resolve("outbox/reconciler/README.md")))
        .results()
        .findFirst()
        .orElseThrow()
        .group(1);
  }

  private static String withoutIndentation(String code) {
    return code.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n"));
  }

  /** The page shows the example without its package and the comment of its class. */
  @Test
  void javaOfThePageIsTheExample() throws IOException {
    String example =
        Files.readString(
                ROOT.resolve(
                    "outbox/reconciler/src/test/java/dev/converge/outbox/reconciler/example/"
                        + "ShopReconciler.java"))
            .replaceFirst("package [^;]*;\n", "")
            .replaceFirst("/\\*\\* .* \\*/\n", "");

    assertThat(withoutIndentation(block("java"))).isEqualTo(withoutIndentation(example));
  }

  @Test
  void lostMessageIsPublishedAgain() throws IOException {
    platform.createTopic(TOPIC, 1);
    platform.update("CREATE ROLE " + ROLE + " LOGIN PASSWORD 'change-me'");
    // The outbox's quick start has granted these.
    platform.update("GRANT CONNECT ON DATABASE orders TO " + ROLE);
    platform.update("GRANT USAGE ON SCHEMA public TO " + ROLE);
    platform.update(block("sql"));
    String id = loseMessage();
    Pool pool = platform.pool("orders", ROLE, "change-me");
    SimpleMeterRegistry meters = new SimpleMeterRegistry();

    String deployed =
        await(
            ShopReconciler.start(
                platform.vertx(),
                pool,
                meters,
                OutboxReconciler.Config.of(
                        "outbox", "/order-service", List.of(TOPIC), platform.bootstrapServers())
                    .withEvery(Duration.ofSeconds(1))));

    assertThat(platform.readUntil(TOPIC, entry -> id.equals(idOf(entry)))).hasSize(1);
    assertThat(meters.counter("outbox.reconciler.republished").count()).isEqualTo(1);
    assertThat(meters.get("audit.findings").tag("check", "outbox-rows").gauge().value())
        .isEqualTo(1);
    await(platform.vertx().undeploy(deployed));
    await(pool.close());
  }

  /** Returns the id of a row that the connector never sends. */
  private String loseMessage() {
    platform.kill(Part.CONNECT);
    String id =
        platform.text(
            """
            INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload,
                                correlationid)
            VALUES (gen_random_uuid(), '%s', 'order-1', 1, 'dev.converge.test.Noted.v1', '{}',
                    gen_random_uuid())
            RETURNING id::text
            """
                .formatted(TOPIC));
    await("slot to be free")
        .ignoreExceptions()
        .until(
            () ->
                !platform
                    .texts(
                        """
                        SELECT end_lsn::text
                        FROM pg_replication_slot_advance('outbox', pg_current_wal_lsn())
                        """)
                    .isEmpty());
    platform.start(Part.CONNECT);
    await("connector to read the slot")
        .until(
            () ->
                platform
                    .text(
                        "SELECT active::text FROM pg_replication_slots WHERE slot_name = 'outbox'")
                    .equals("true"));
    return id;
  }

  private static String idOf(ConsumerRecord<byte[], byte[]> entry) {
    Header id = entry.headers().lastHeader("ce_id");
    return id == null || id.value() == null ? "" : new String(id.value(), StandardCharsets.UTF_8);
  }
}
