package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.housekeeping.Connector.Absent;
import dev.converge.outbox.housekeeping.Connector.Part;
import dev.converge.outbox.housekeeping.Connector.Registered;
import dev.converge.outbox.housekeeping.Connector.Unknown;
import dev.converge.outbox.housekeeping.Diagnosis.Observed;
import dev.converge.outbox.housekeeping.Source.ForeignOwner;
import dev.converge.outbox.housekeeping.Source.Publication;
import dev.converge.outbox.housekeeping.Source.Role;
import dev.converge.outbox.housekeeping.Source.Slot;
import dev.converge.outbox.housekeeping.Stall.Progress;
import dev.converge.testkit.Seed;
import io.vertx.core.buffer.Buffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: every reason why an outbox is not drained has one cause, and the finding names it. Method:
 * observations with one fault each; every combination of observations.
 */
class DiagnosisTest {
  private static final ConnectorNames NAMES =
      new ConnectorNames("order-outbox", "outbox", "outbox", "debezium");
  private static final Part RUNNING = new Part("RUNNING", "");
  private static final Connector WELL = new Registered(RUNNING, List.of(RUNNING));
  private static final Slot READ = new Slot("reserved", true, 7);
  private static final Role ROLE = new Role(List.of(), List.of());
  private static final Source SOUND = new Source(READ, Publication.COMPLETE, ROLE);

  @Test
  void slotWithAReaderThatConfirmsNothingIsNotAdvancing() {
    assertCause(WELL, null, SOUND, DrainCause.SLOT_NOT_ADVANCING, "slot outbox is read but");
  }

  @Test
  void slotWithoutAReaderIsInactive() {
    Source unread = new Source(new Slot("reserved", false, 7), Publication.COMPLETE, ROLE);

    assertCause(WELL, null, unread, DrainCause.SLOT_INACTIVE, "slot outbox has no reader");
  }

  @Test
  void confirmedButMissingMessagesAreNotInTheirTopic() {
    assertThat(
            Diagnosis.of(new Observed(NAMES, WELL, null, SOUND, Progress.PAST_THEM, null)).cause())
        .isEqualTo(DrainCause.NOT_IN_TOPIC);
  }

  @Test
  void advancingConnectorIsLaggingWhetherOrNotItsSlotHasAReader() {
    Source between = new Source(new Slot("reserved", false, 7), Publication.COMPLETE, ROLE);
    for (Source source : List.of(SOUND, between)) {
      assertThat(Diagnosis.of(new Observed(NAMES, WELL, null, source, Progress.LAGGING, null)))
          .isEqualTo(
              new Diagnosis(
                  DrainCause.CONNECTOR_LAGGING,
                  "connector order-outbox is lagging: it advances, but has not reached the message"
                      + " yet"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PAUSED", "STOPPED"})
  void namesAHaltedConnectorBeforeAnythingElse(String state) {
    Connector halted = new Registered(new Part(state, ""), List.of());
    Source nothing = new Source(null, Publication.ABSENT, null);

    Diagnosis found =
        Diagnosis.of(new Observed(NAMES, halted, "refused", nothing, Progress.NONE, null));

    assertThat(found.cause().tag())
        .isEqualTo("connector-" + state.toLowerCase(java.util.Locale.ROOT));
    assertThat(found.text()).startsWith("connector order-outbox is").contains("by an operator");
  }

  @Test
  void namesAnUnreachableSystemWithTheReason() {
    assertCause(WELL, "refused", SOUND, DrainCause.KAFKA_UNREACHABLE, "not reachable: refused");
    assertCause(
        new Unknown("refused"), null, SOUND, DrainCause.CONNECT_UNREACHABLE, "Connect is not");
    assertCause(
        new Unknown("refused"), "away", SOUND, DrainCause.KAFKA_UNREACHABLE, "Kafka is not");
  }

  @Test
  void namesAMissingConnector() {
    assertCause(new Absent(), null, SOUND, DrainCause.NO_CONNECTOR, "order-outbox does not exist");
  }

  @Test
  void namesMissingPrivileges() {
    assertRight(null, "role debezium does not exist");
    assertRight(new Role(List.of("LOGIN", "REPLICATION"), List.of()), "lacks LOGIN, REPLICATION");
    assertRight(
        new Role(List.of(), List.of("SELECT on table outbox")), "lacks SELECT on table outbox");
  }

  private static void assertRight(@Nullable Role role, String text) {
    Connector failed = new Registered(RUNNING, List.of(new Part("FAILED", "permission denied")));
    Source source = new Source(READ, Publication.COMPLETE, role);

    assertCause(WELL, null, source, DrainCause.NO_RIGHT, text);
    assertCause(failed, null, source, DrainCause.NO_RIGHT, text);
  }

  @Test
  void namesAnIncompletePublicationEvenIfTheSlotIsMissing() {
    assertCause(
        WELL,
        null,
        new Source(null, Publication.ABSENT, ROLE),
        DrainCause.NO_PUBLICATION,
        "publication outbox does not exist");
    assertCause(
        WELL,
        null,
        new Source(READ, Publication.LACKS_OUTBOX, ROLE),
        DrainCause.PUBLICATION_INCOMPLETE,
        "does not publish table outbox");
  }

  @ParameterizedTest
  @CsvSource({
    "LACKS_OUTBOX, does not publish table outbox",
    "LACKS_INSERTS, does not publish inserts",
    "LACKS_ROOT, publishes the partitions of table outbox under their own names",
    "FILTERS_ROWS, 'publishes some rows of table outbox only, by a WHERE'",
    "FILTERS_COLUMNS, publishes some columns of table outbox only"
  })
  void namesWhatThePublicationLacks(Publication publication, String text) {
    Source source = new Source(READ, publication, ROLE);

    assertThat(Diagnosis.of(new Observed(NAMES, WELL, null, source, Progress.NONE, null)))
        .isEqualTo(new Diagnosis(DrainCause.PUBLICATION_INCOMPLETE, "publication outbox " + text));
  }

  @ParameterizedTest
  @CsvSource({
    "true, ALTER PUBLICATION outbox OWNER TO order_owner",
    "false, DROP PUBLICATION outbox"
  })
  void namesAForeignOwnerAndTheStatementToRun(boolean movable, String remedy) {
    ForeignOwner owner = new ForeignOwner("postgres", "order_owner", movable);
    Source source = new Source(READ, Publication.LACKS_INSERTS, ROLE, owner);

    assertThat(
            Diagnosis.of(new Observed(NAMES, WELL, null, source, Progress.NONE, "denied")).text())
        .isEqualTo(
            "publication outbox does not publish inserts; it belongs to role postgres and cannot be"
                + " repaired until a superuser runs: "
                + remedy);
  }

  @Test
  void namesWhyThePublicationCannotBeRepaired() {
    Source source = new Source(READ, Publication.ABSENT, ROLE);
    String denied = "permission denied for database orders";

    assertThat(Diagnosis.of(new Observed(NAMES, WELL, null, source, Progress.NONE, denied)).text())
        .isEqualTo("publication outbox does not exist; its repair fails: " + denied);
  }

  @Test
  void publicationWithoutTheHeartbeatDelaysNoMessage() {
    Source source = new Source(READ, Publication.LACKS_HEARTBEAT, ROLE);

    assertCause(WELL, null, source, DrainCause.SLOT_NOT_ADVANCING, "slot outbox");
  }

  @Test
  void namesAMissingOrLostSlot() {
    assertCause(
        WELL, null, new Source(null, Publication.COMPLETE, ROLE), DrainCause.NO_SLOT, "does not");
    assertCause(
        WELL,
        null,
        new Source(new Slot("lost", false, 7), Publication.COMPLETE, ROLE),
        DrainCause.SLOT_LOST,
        "has lost its log");
  }

  @Test
  void namesASlotOfAnotherKindAndTheStatementToRun() {
    Slot foreign = new Slot("reserved", false, 0, "is a physical slot");

    assertCause(
        WELL,
        null,
        new Source(foreign, Publication.COMPLETE, ROLE),
        DrainCause.SLOT_FOREIGN,
        "slot outbox is a physical slot; if it is not needed, a superuser runs:"
            + " SELECT pg_drop_replication_slot('outbox')");
  }

  @Test
  void diagnosesTheConnectorWithoutTheDatabase() {
    assertThat(ofConnector(WELL)).isNull();
    assertThat(ofConnector(new Absent())).isEqualTo(DrainCause.NO_CONNECTOR);
    assertThat(ofConnector(new Registered(new Part("PAUSED", ""), List.of())))
        .isEqualTo(DrainCause.CONNECTOR_PAUSED);
    assertThat(ofConnector(new Registered(RUNNING, List.of(new Part("FAILED", "x")))))
        .isEqualTo(DrainCause.TASK_FAILED);
    assertThat(ofConnector(new Unknown("refused"))).isEqualTo(DrainCause.CONNECT_UNREACHABLE);
  }

  private static @Nullable DrainCause ofConnector(Connector connector) {
    Diagnosis found =
        Diagnosis.ofConnector(
            new Observed(NAMES, connector, null, Source.UNREAD, Progress.NONE, null));
    return found == null ? null : found.cause();
  }

  @Test
  void namesAFailureWithTheFirstLineOfItsErrorAndOfItsLastCause() {
    String error =
        """
        org.apache.kafka.connect.errors.ConnectException: An exception occurred
        \tat io.debezium.Some.method(Some.java:1)
        Caused by: io.debezium.DebeziumException: Failed
        \t... 6 more
        Caused by: org.postgresql.util.PSQLException: ERROR: publication "outbox" does not exist
        \tat org.postgresql.Other.method(Other.java:2)
        """;

    Connector task = new Registered(RUNNING, List.of(RUNNING, new Part("FAILED", error)));
    assertThat(Diagnosis.of(new Observed(NAMES, task, null, SOUND, Progress.NONE, null)))
        .isEqualTo(
            new Diagnosis(
                DrainCause.TASK_FAILED,
                "task of connector order-outbox is FAILED:"
                    + " org.apache.kafka.connect.errors.ConnectException: An exception occurred"
                    + " Caused by: org.postgresql.util.PSQLException: ERROR: publication \"outbox\""
                    + " does not exist"));
    Connector connector = new Registered(new Part("FAILED", "no config\nmore"), List.of());
    assertCause(connector, null, SOUND, DrainCause.CONNECTOR_FAILED, "is FAILED: no config");
  }

  @Test
  void truncatesALongError() {
    assertThat(new Part("FAILED", "x".repeat(100_000)).shortError()).hasSize(301);
    assertThat(new Part("FAILED", "").shortError()).isEmpty();
  }

  @Test
  void namesAConnectorWithoutATask() {
    assertCause(new Registered(RUNNING, List.of()), null, SOUND, DrainCause.NO_TASK, "has no task");
    assertCause(
        new Registered(RUNNING, List.of(new Part("UNASSIGNED", ""))),
        null,
        SOUND,
        DrainCause.TASK_FAILED,
        "is UNASSIGNED");
  }

  @Test
  void everyCombinationHasACauseAndATextOfOneLine() {
    Set<DrainCause> causes = EnumSet.noneOf(DrainCause.class);
    Seed.forEach(
        5,
        seed -> {
          Random random = new Random(seed);
          for (int i = 0; i < 5_000; i++) {
            Diagnosis found = Diagnosis.of(observed(random));
            causes.add(found.cause());
            assertThat(found.text()).isNotBlank().doesNotContain("\n", "null");
          }
        });
    assertThat(causes).containsExactlyInAnyOrder(DrainCause.values());
  }

  private static Observed observed(Random random) {
    List<Part> parts =
        List.of(
            RUNNING,
            RUNNING,
            RUNNING,
            new Part("PAUSED", ""),
            new Part("STOPPED", ""),
            new Part("FAILED", "error\nline"),
            new Part("UNASSIGNED", ""));
    List<List<Part>> tasks = List.of(List.of(RUNNING), List.of(any(random, parts)), List.of());
    Registered registered = new Registered(any(random, parts), any(random, tasks));
    Connector connector =
        any(random, List.of(registered, registered, registered, new Absent(), new Unknown("away")));
    Slot slot =
        random.nextInt(5) == 0
            ? null
            : new Slot(
                any(random, List.of("reserved", "extended", "lost")),
                random.nextBoolean(),
                1,
                random.nextInt(10) == 0 ? "is a physical slot" : null);
    Role role =
        random.nextInt(5) == 0
            ? null
            : new Role(
                random.nextInt(3) == 0 ? List.of("LOGIN") : List.of(),
                random.nextInt(3) == 0 ? List.of("SELECT") : List.of());
    return new Observed(
        NAMES,
        connector,
        random.nextInt(4) == 0 ? "refused" : null,
        new Source(slot, any(random, List.of(Publication.values())), role),
        any(random, List.of(Progress.values())),
        random.nextBoolean() ? "must be owner" : null);
  }

  private static <T> T any(Random random, List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  @Test
  void parsesAnAnswerOfConnect() {
    assertThat(
            Connector.of(
                200,
                Buffer.buffer(
                    """
                    {"name":"order-outbox","connector":{"state":"RUNNING","worker_id":"a:1"},
                     "tasks":[{"id":0,"state":"FAILED","worker_id":"a:1","trace":"boom"}]}
                    """)))
        .isEqualTo(new Registered(RUNNING, List.of(new Part("FAILED", "boom"))));
    assertThat(Connector.of(200, Buffer.buffer("{}")))
        .isEqualTo(new Registered(new Part("ABSENT", ""), List.of()));
    assertThat(Connector.of(404, Buffer.buffer("{}"))).isEqualTo(new Absent());
    assertThat(Connector.of(500, Buffer.buffer(""))).isEqualTo(new Unknown("it answers 500"));
  }

  private static void assertCause(
      Connector connector, @Nullable String kafka, Source source, DrainCause cause, String text) {
    Diagnosis found =
        Diagnosis.of(new Observed(NAMES, connector, kafka, source, Progress.NONE, null));

    assertThat(found.cause()).isEqualTo(cause);
    assertThat(found.text()).contains(text);
  }
}
