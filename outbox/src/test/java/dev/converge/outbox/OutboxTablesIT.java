package dev.converge.outbox;

import static dev.converge.testkit.OutboxPlatform.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.testkit.OutboxPlatform;
import io.opentelemetry.api.OpenTelemetry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Clock;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: rows are kept by the day, for as long as configured. Method: the tables in real PostgreSQL,
 * with partitions removed and old ones added.
 */
class OutboxTablesIT {
  private static final int OUTBOX_DAYS = 7;
  private static final int INBOX_DAYS = 30;

  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final LocalDate today = LocalDate.now(Clock.systemUTC());

  @BeforeEach
  void createAllPartitions() {
    maintain();
  }

  private void maintain() {
    await(OutboxTables.maintain(platform.pool(), OUTBOX_DAYS, INBOX_DAYS));
  }

  private static String partition(String table, LocalDate day) {
    return table + "_" + day.format(DateTimeFormatter.BASIC_ISO_DATE);
  }

  private Set<String> partitions() {
    return new TreeSet<>(
        platform.texts(
            """
            SELECT inhrelid::regclass::text FROM pg_inherits
            WHERE inhparent IN ('outbox'::regclass, 'inbox'::regclass)
            """));
  }

  private Set<String> partitionsOfTheDays() {
    Set<String> names = new TreeSet<>(Set.of("outbox_default", "inbox_default"));
    for (int ahead = -1; ahead <= 7; ahead++) {
      names.add(partition("outbox", today.plusDays(ahead)));
      names.add(partition("inbox", today.plusDays(ahead)));
    }
    return names;
  }

  private void dropComingDays() {
    platform.update(
        "DROP TABLE "
            + partition("outbox", today.plusDays(7))
            + ", "
            + partition("inbox", today.plusDays(7)));
  }

  private void makeDay(String table, int daysAgo, String from, String to) {
    LocalDate day = today.minusDays(daysAgo);
    platform.update(
        "SET ROLE order_owner; CREATE TABLE "
            + partition(table, day)
            + " PARTITION OF "
            + table
            + " FOR VALUES FROM ("
            + from.formatted(day)
            + ") TO ("
            + to.formatted(day.plusDays(1))
            + ")");
  }

  private void makeOutboxDay(int daysAgo) {
    makeDay("outbox", daysAgo, "'%s 00:00+00'", "'%s 00:00+00'");
  }

  private void makeInboxDay(int daysAgo) {
    String floor =
        platform.text(
            "SELECT uuid_v7_floor('" + today.minusDays(daysAgo) + " 00:00+00'::timestamptz)");
    String ceiling =
        platform.text(
            "SELECT uuid_v7_floor('" + today.minusDays(daysAgo - 1L) + " 00:00+00'::timestamptz)");
    makeDay("inbox", daysAgo, "'" + floor + "'", "'" + ceiling + "'");
  }

  @Test
  void createsThePartitionsOfTheNextDays() {
    dropComingDays();
    assertThat(partitions()).doesNotContain(partition("outbox", today.plusDays(7)));

    maintain();
    maintain();

    assertThat(partitions()).isEqualTo(partitionsOfTheDays());
  }

  @Test
  void dropsOnlyPartitionsPastTheirRetention() {
    makeOutboxDay(OUTBOX_DAYS);
    makeOutboxDay(OUTBOX_DAYS + 1);
    makeOutboxDay(100);
    makeInboxDay(INBOX_DAYS);
    makeInboxDay(INBOX_DAYS + 1);

    maintain();

    Set<String> kept = partitionsOfTheDays();
    kept.add(partition("outbox", today.minusDays(OUTBOX_DAYS)));
    kept.add(partition("inbox", today.minusDays(INBOX_DAYS)));
    assertThat(partitions()).isEqualTo(kept);
    await(OutboxTables.maintain(platform.pool(), 1, 1));
    assertThat(partitions()).isEqualTo(partitionsOfTheDays());
  }

  @Test
  void storesRowsInThePartitionOfTheirDay() {
    UUID sent = OutboxMessage.newId();
    UUID v7 = OutboxMessage.newId();
    UUID v4 = UUID.randomUUID();

    await(
        platform
            .pool()
            .withTransaction(
                tx ->
                    new Inbox("tables-test")
                        .insertUnseen(tx, List.of(v7, v4))
                        .compose(seen -> append(tx, sent))));

    assertThat(platform.texts("SELECT tableoid::regclass FROM outbox WHERE id = '" + sent + "'"))
        .containsExactly(partition("outbox", today));
    assertThat(partitionOfInboxRow(v7)).isEqualTo(partition("inbox", today));
    assertThat(partitionOfInboxRow(v4)).isEqualTo("inbox_default");
  }

  @Test
  void keepsIdsWithoutACurrentTimeByTheirTimeOfReceipt() {
    UUID v4 = UUID.randomUUID();
    UUID future = UUID.fromString("03bb2cc3-d800-7000-8000-" + v4.toString().substring(24));
    UUID past = UUID.fromString("00000000-0000-7000-8000-" + v4.toString().substring(24));
    List<UUID> ids = List.of(v4, future, past);
    see("old", ids);
    see("recent", ids);
    assertThat(ids).allMatch(id -> inDefault("old", id) && inDefault("recent", id));
    age("old", INBOX_DAYS * 24 + 1);
    age("recent", INBOX_DAYS * 24 - 1);

    maintain();

    assertThat(ids).noneMatch(id -> inDefault("old", id));
    assertThat(ids).allMatch(id -> inDefault("recent", id));
  }

  @Test
  void idOfAFutureDayBlocksItsPartitionOnlyUntilItsRetentionEnds() {
    dropComingDays();
    UUID coming =
        UUID.fromString(
            platform.text(
                "SELECT uuid_v7_floor('" + today.plusDays(7) + " 12:00+00'::timestamptz)"));
    see("coming", List.of(coming));
    maintain();
    assertThat(partitions()).doesNotContain(partition("inbox", today.plusDays(7)));
    age("coming", INBOX_DAYS * 24 + 1);

    maintain();

    assertThat(partitions()).isEqualTo(partitionsOfTheDays());
  }

  private void see(String consumer, List<UUID> ids) {
    Future<Void> seen =
        platform.pool().withTransaction(tx -> new Inbox(consumer).insertUnseen(tx, ids)).mapEmpty();
    await(seen);
  }

  private boolean inDefault(String consumer, UUID id) {
    return platform.count(
            "inbox_default WHERE consumer = '" + consumer + "' AND message_id = '" + id + "'")
        == 1;
  }

  private void age(String consumer, int hours) {
    platform.update(
        "UPDATE inbox_default SET received_at = received_at - interval '"
            + hours
            + " hours' WHERE consumer = '"
            + consumer
            + "'");
  }

  private String partitionOfInboxRow(UUID id) {
    return platform.text("SELECT tableoid::regclass FROM inbox WHERE message_id = '" + id + "'");
  }

  private Future<Void> append(io.vertx.sqlclient.SqlConnection tx, UUID id) {
    return Outbox.create(OpenTelemetry.noop().getTracer("test"))
        .append(
            tx,
            List.of(
                new OutboxMessage(
                    id,
                    "order.events",
                    "order-1",
                    1,
                    new Payload(CloudEvents.TYPE, "{}"),
                    new MessageOrigin(id, null, null))));
  }

  @Test
  void severalInstancesMaintainConcurrently() {
    for (int round = 0; round < 5; round++) {
      dropComingDays();
      makeOutboxDay(50);
      List<Future<Void>> all = new ArrayList<>();
      for (int instance = 0; instance < 5; instance++) {
        all.add(OutboxTables.maintain(platform.pool(), OUTBOX_DAYS, INBOX_DAYS));
      }

      assertThat(await(Future.all(all).map(true))).isTrue();
      assertThat(partitions()).isEqualTo(partitionsOfTheDays());
    }
  }

  @Test
  void maintenanceWaitsForAConsumersTransactionWithoutADeadlock() {
    dropComingDays();
    Promise<Void> marked = Promise.promise();
    Promise<Void> goOn = Promise.promise();
    Future<Void> consumer =
        platform
            .pool()
            .withTransaction(
                tx ->
                    new Inbox("tables-test")
                        .insertUnseen(tx, List.of(OutboxMessage.newId()))
                        .onSuccess(seen -> marked.complete())
                        .compose(seen -> goOn.future())
                        .compose(done -> append(tx, OutboxMessage.newId())));
    await(marked.future());
    Future<Void> maintenance = OutboxTables.maintain(platform.pool(), OUTBOX_DAYS, INBOX_DAYS);
    await("maintenance to wait for the consumer")
        .until(() -> platform.count("pg_locks WHERE NOT granted AND mode LIKE '%Exclusive%'") > 0);
    goOn.complete();

    await(consumer);
    await(maintenance);
    assertThat(partitions()).isEqualTo(partitionsOfTheDays());
  }

  /** As one that is prepared: it keeps its lock on the outbox until it is decided. */
  @Test
  void maintenanceGivesUpBehindATransactionThatStaysOpen() {
    dropComingDays();
    Promise<Void> appended = Promise.promise();
    Promise<Void> decided = Promise.promise();
    Future<Void> open =
        platform
            .pool()
            .withTransaction(
                tx ->
                    append(tx, OutboxMessage.newId())
                        .onSuccess(written -> appended.complete())
                        .compose(written -> decided.future()));
    await(appended.future());
    Future<Void> maintenance = OutboxTables.maintain(platform.pool(), OUTBOX_DAYS, INBOX_DAYS);

    assertThatThrownBy(() -> await(maintenance)).hasMessageContaining("lock timeout");
    decided.complete();
    await(open);
    await(OutboxTables.maintain(platform.pool(), OUTBOX_DAYS, INBOX_DAYS));
    assertThat(partitions()).isEqualTo(partitionsOfTheDays());
  }
}
