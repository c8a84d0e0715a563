package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: a standby has every acknowledged commit and the outbox's slot when it is promoted, and a
 * standby that is lost blocks commits for a bounded time. Method: order-db with a standby, without
 * any other part; the supervisor's steps are taken by the test.
 */
class StandbyIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();
  private static final Part FIRST = Part.ORDER_DB;
  private static final Part SECOND = Part.of(Role.ORDER_DB, 2);
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private @Nullable Platform started;
  private @Nullable DatabaseWatch watching;

  private void start(int standbys) throws IOException {
    Path tests = Files.createDirectories(ROOT.resolve("target/test-platforms"));
    Layout layout = new Layout(ROOT, Files.createTempDirectory(tests, "state-"));
    started =
        new Platform(layout, Ports.free(), Map.of())
            .scaledTo(Scale.SMALLEST.with(Role.ORDER_DB, standbys + 1));
    watching = new DatabaseWatch(platform().cluster(Role.ORDER_DB));
    platform().parts().stream()
        .filter(part -> part.role() == Role.ORDER_DB)
        .forEach(part -> platform().start(part));
    await("commits are confirmed", () -> nodes().confirming().size() == standbys);
  }

  @AfterEach
  void end() {
    watch().close();
    Part.all().stream()
        .filter(part -> part.role() == Role.ORDER_DB)
        .forEach(part -> platform().kill(part));
  }

  @Tag("campaign")
  @Test
  void otherStandbyFollowsThePromotedOne() throws Exception {
    start(2);
    execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n");
    platform().kill(FIRST);
    Layout.delete(platform().layout().data(FIRST.id()));
    await("promotion", () -> nodes().isSteady() && !nodes().primary().equals(FIRST.id()));
    await("other one confirms", () -> nodes().confirming().size() == 1);
    execute("INSERT INTO kept VALUES (1001)");

    platform().start(FIRST);
    await("both confirm", () -> nodes().confirming().size() == 2);
    awaitSlot();
    platform().failover(Role.ORDER_DB);
    await("both confirm again", () -> nodes().confirming().size() == 2);
    assertThat(number("SELECT count(*) FROM kept")).isEqualTo(1_001);
  }

  @Test
  void promotedStandbyHasAllCommitsAndTheSlotAndTheFormerPrimaryFollowsIt() throws Exception {
    start(1);
    execute("CREATE TABLE kept (n int)");
    awaitSlot();
    execute("INSERT INTO kept SELECT generate_series(1, 1000)");

    platform().kill(FIRST);
    Layout.delete(platform().layout().data(FIRST.id()));
    assertThatThrownBy(() -> platform().start(FIRST))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("has no data");
    await("promotion", () -> nodes().isSteady() && nodes().primary().equals(SECOND.id()));

    assertThat(number("SELECT count(*) FROM kept")).isEqualTo(1_000);
    assertThat(number("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'outbox'"))
        .isEqualTo(1);
    execute("INSERT INTO kept VALUES (1001)");

    platform().start(FIRST);
    await("former primary confirms", () -> nodes().confirming().equals(Set.of(FIRST.id())));
    awaitSlot();
    assertThat(node(FIRST).recovering()).isTrue();

    platform().failover(Role.ORDER_DB);
    await("other one confirms", () -> nodes().confirming().equals(Set.of(SECOND.id())));
    assertThat(nodes().primary()).isEqualTo(FIRST.id());
    assertThat(number("SELECT count(*) FROM kept")).isEqualTo(1_001);
  }

  @Tag("campaign")
  @Test
  void outboxIsReadOnlyAsFarAsTheStandbyHasIt() throws Exception {
    start(1);
    awaitSlot();
    platform().pause(SECOND);
    CompletableFuture<Void> commit =
        CompletableFuture.runAsync(() -> executed("CREATE TABLE t ()"));
    CompletableFuture<Long> read =
        CompletableFuture.supplyAsync(
            () ->
                counted(
                    "SELECT count(*) FROM pg_logical_slot_get_binary_changes('outbox', NULL,"
                        + " NULL, 'proto_version', '1', 'publication_names', 'outbox')"));
    assertThat(waiting()).isTrue();
    assertThat(commit).isNotDone();
    assertThat(read).isNotDone();

    await("standby is given up", () -> nodes().confirming().isEmpty());
    await("commit", commit::isDone);
    await("reader", read::isDone);

    platform().resume(SECOND);
    await("it confirms again", () -> nodes().confirming().equals(Set.of(SECOND.id())));
  }

  @Tag("campaign")
  @Test
  void standbyThatMayLackCommitsIsNotPromoted() throws Exception {
    start(1);
    platform().kill(SECOND);
    await("standby is given up", () -> nodes().confirming().isEmpty());
    await("commits do not wait", () -> !hasNames());
    execute("CREATE TABLE unconfirmed ()");
    platform().kill(FIRST);
    await("report", () -> step() instanceof Supervision.Step.Report);

    platform().start(FIRST);
    platform().start(SECOND);
    await("it confirms again", () -> nodes().confirming().equals(Set.of(SECOND.id())));
    assertThat(number("SELECT count(*) FROM unconfirmed")).isZero();
  }

  @Tag("campaign")
  @Test
  void failoverThatWasInterruptedIsFinishedByTheNextStart() throws Exception {
    start(1);
    execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n");
    platform().kill(FIRST);
    await("failover has begun", () -> nodes().phase() == DatabaseNodes.Phase.PROMOTING);
    platform().kill(SECOND);
    assertThat(step()).isInstanceOf(Supervision.Step.Report.class);

    platform().start(FIRST);
    assertThat(nodes().isSteady()).isTrue();
    assertThat(nodes().primary()).isEqualTo(SECOND.id());
    await("former primary confirms", () -> nodes().confirming().equals(Set.of(FIRST.id())));
    assertThat(number("SELECT count(*) FROM kept")).isEqualTo(1_000);
  }

  @Tag("campaign")
  @Test
  void nodeToBePromotedIsNeverReplacedByAnEmptyDatabase() throws Exception {
    start(1);
    platform().kill(FIRST);
    await("failover has begun", () -> nodes().phase() == DatabaseNodes.Phase.PROMOTING);
    platform().kill(SECOND);
    Layout.delete(platform().layout().data(SECOND.id()));
    for (Part node : List.of(FIRST, SECOND)) {
      assertThatThrownBy(() -> platform().start(node))
          .isInstanceOf(PlatformException.class)
          .hasMessageContaining("order-db-2 has no data");
      assertThat(platform().isRunning(node)).isFalse();
    }
  }

  @Tag("campaign")
  @Test
  void standbyOfAPrimaryThatWasLostWhileAllWereDownIsPromoted() throws Exception {
    start(1);
    execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n");
    platform().kill(FIRST);
    platform().kill(SECOND);
    Layout.delete(platform().layout().data(FIRST.id()));
    assertThatThrownBy(() -> platform().start(FIRST))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("./converge start order-db-2");

    platform().start(SECOND);
    await("promotion", () -> nodes().isSteady() && nodes().primary().equals(SECOND.id()));
    assertThat(number("SELECT count(*) FROM kept")).isEqualTo(1_000);
  }

  private boolean hasNames() {
    return counted(
            "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting <> ''")
        > 0;
  }

  private boolean waiting() {
    return Waits.until(
        TIMEOUT,
        () -> counted("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") > 0);
  }

  // The slot gets to the standby while its reader moves it.
  private void awaitSlot() {
    await(
        "the slot on the standby",
        () -> {
          executed("SELECT pg_logical_emit_message(true, 'test', 'x')");
          executed(
              "SELECT count(*) FROM pg_logical_slot_get_binary_changes('outbox', NULL, NULL,"
                  + " 'proto_version', '1', 'publication_names', 'outbox')");
          Sight sight = watch().last().orElseThrow();
          return nodes().standbys().stream()
              .allMatch(name -> sight.standby(name).filter(Sight.Standby::slot).isPresent());
        });
  }

  private void await(String what, BooleanSupplier condition) {
    boolean met =
        Waits.until(
            TIMEOUT,
            () -> {
              step();
              return condition.getAsBoolean();
            });
    assertThat(met).as(what + "; " + nodes()).isTrue();
  }

  private Supervision.Step step() {
    try {
      return watch().step();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Platform platform() {
    return Objects.requireNonNull(started);
  }

  private DatabaseWatch watch() {
    return Objects.requireNonNull(watching);
  }

  private DatabaseNodes nodes() {
    return platform().cluster(Role.ORDER_DB).nodes();
  }

  private Replication.Node node(Part part) throws SQLException {
    try (Connection connection = platform().cluster(Role.ORDER_DB).connect(part, "postgres")) {
      return Replication.node(connection);
    }
  }

  private void executed(String sql) {
    try {
      execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private long counted(String sql) {
    try {
      return number(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = platform().connect("order");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long number(String sql) throws SQLException {
    try (Connection connection = platform().connect("order");
        Statement statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
