package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.outbox.housekeeping.Connector.Absent;
import dev.converge.outbox.housekeeping.Connector.Part;
import dev.converge.outbox.housekeeping.Connector.Registered;
import dev.converge.outbox.housekeeping.Connector.Unknown;
import dev.converge.outbox.housekeeping.Source.Publication;
import dev.converge.outbox.housekeeping.Source.Role;
import dev.converge.outbox.housekeeping.Source.Slot;
import dev.converge.outbox.housekeeping.SourceDatabase.SlotTest;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: repairs are due after their delay, never for a halted connector, and a slot is replaced
 * only if it cannot be decoded. Method: observations at given times.
 */
class RepairPlanTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final Part RUNNING = new Part("RUNNING", "");
  private static final Connector WELL = new Registered(RUNNING, List.of(RUNNING));
  private static final Slot SLOT = new Slot("reserved", true, 7);
  private static final Role ROLE = new Role(List.of(), List.of());
  private static final Source SOUND = new Source(SLOT, Publication.COMPLETE, ROLE);

  private final RepairPlan plan = new RepairPlan();

  @Test
  void repairsNothingIfThereIsNoFault() {
    assertThat(afterAWhile(WELL, SOUND, Duration.ZERO)).isEmpty();
  }

  @Test
  void restartsAFailedConnectorImmediately() {
    Connector failed = new Registered(RUNNING, List.of(new Part("FAILED", "")));

    assertThat(due(failed, SOUND, Duration.ZERO, 0)).containsExactly(Repair.RESTART_FAILED);
  }

  @Test
  void registersAMissingConnectorAfterADelay() {
    assertThat(at(0, new Absent(), SOUND)).isEmpty();
    assertThat(at(15, new Absent(), SOUND)).isEmpty();
    assertThat(at(20, new Absent(), SOUND)).containsExactly(Repair.REGISTER);
  }

  @Test
  void delayStartsOverIfTheConnectorWasSeenInBetween() {
    assertThat(at(0, new Absent(), SOUND)).isEmpty();
    assertThat(at(15, WELL, SOUND)).isEmpty();
    assertThat(at(20, new Absent(), SOUND)).isEmpty();
    assertThat(at(40, new Absent(), SOUND)).containsExactly(Repair.REGISTER);
  }

  @Test
  void restartsAConnectorWithoutATaskAfterADelay() {
    assertThat(afterAWhile(new Registered(RUNNING, List.of()), SOUND, Duration.ZERO))
        .containsExactly(Repair.RESTART_CONNECTOR);
  }

  @ParameterizedTest
  @EnumSource(value = Publication.class, mode = Mode.EXCLUDE, names = "COMPLETE")
  void repairsAnIncompletePublication(Publication publication) {
    assertThat(afterAWhile(WELL, new Source(SLOT, publication, ROLE), Duration.ZERO))
        .containsExactly(Repair.REPAIR_PUBLICATION);
  }

  @Test
  void testsASlotThatDoesNotAdvanceAndCreatesTheHeartbeatTopic() {
    assertThat(due(WELL, SOUND, Duration.ofSeconds(19), 0)).isEmpty();
    assertThat(due(WELL, SOUND, Duration.ofSeconds(20), 0))
        .containsExactly(Repair.CREATE_HEARTBEAT_TOPIC, Repair.TEST_SLOT);
  }

  @Test
  void createsTheHeartbeatTopicBeforeAMessageWaits() {
    assertThat(plan.due(WELL, SOUND, Duration.ZERO, Duration.ofSeconds(20), 0))
        .containsExactly(Repair.CREATE_HEARTBEAT_TOPIC);
  }

  @Test
  void repairsTheConnectorOnlyWhileTheDatabaseCannotBeRead() {
    Connector failed = new Registered(RUNNING, List.of(new Part("FAILED", "")));

    assertThat(afterAWhile(WELL, Source.UNREAD, Duration.ZERO)).isEmpty();
    assertThat(afterAWhile(failed, Source.UNREAD, Duration.ZERO))
        .containsExactly(Repair.RESTART_FAILED);
    assertThat(afterAWhile(new Absent(), Source.UNREAD, Duration.ZERO))
        .containsExactly(Repair.REGISTER);
  }

  @Test
  void neitherTestsNorReplacesASlotOfAnotherKind() {
    Slot foreign = new Slot("reserved", false, 7, "is a physical slot");
    Connector failed = new Registered(RUNNING, List.of(new Part("FAILED", ROW)));
    for (int second = 0; second <= 300; second += 5) {
      assertThat(
              due(
                  failed,
                  new Source(foreign, Publication.COMPLETE, ROLE),
                  LONG,
                  Duration.ofSeconds(second).toNanos()))
          .containsExactly(Repair.RESTART_FAILED);
    }
  }

  @Test
  void doesNotTestASlotIfAnotherFaultExplainsTheStall() {
    Source unpublished = new Source(SLOT, Publication.ABSENT, ROLE);

    assertThat(afterAWhile(new Unknown("away"), SOUND, LONG)).isEmpty();
    assertThat(afterAWhile(new Absent(), SOUND, LONG)).containsExactly(Repair.REGISTER);
    assertThat(afterAWhile(WELL, unpublished, LONG)).containsExactly(Repair.REPAIR_PUBLICATION);
    assertThat(afterAWhile(WELL, withRole(new Role(List.of("LOGIN"), List.of())), LONG)).isEmpty();
    assertThat(afterAWhile(WELL, new Source(null, Publication.COMPLETE, ROLE), LONG)).isEmpty();
    assertThat(
            afterAWhile(
                WELL, new Source(new Slot("lost", false, 7), Publication.COMPLETE, ROLE), LONG))
        .isEmpty();
  }

  @Test
  void replacesASlotAtWhoseNextRecordTheTaskFailsRepeatedly() {
    assertThat(failingAt(0, ROW, 7)).containsExactly(Repair.RESTART_FAILED);
    assertThat(failingAt(5, ROW, 7)).containsExactly(Repair.RESTART_FAILED);
    assertThat(at(10, WELL, SOUND)).isEmpty();
    assertThat(failingAt(15, ROW, 7)).containsExactly(Repair.RESTART_FAILED);
    assertThat(failingAt(20, ROW, 7)).containsExactly(Repair.RESTART_FAILED, Repair.REPLACE_SLOT);
    assertThat(failingAt(25, ROW, 7)).containsExactly(Repair.RESTART_FAILED);
  }

  @Test
  void delaysEachFurtherReplacementAndNeverReplacesTheSlotOfAnAdvancingTask() {
    List<Integer> replacedAt = new ArrayList<>();
    for (int second = 0; second <= 300; second += 5) {
      if (failingAt(second, ROW, 7).contains(Repair.REPLACE_SLOT)) {
        replacedAt.add(second);
      }
    }
    assertThat(replacedAt).containsExactly(20, 65, 150);

    for (int second = 300; second <= 600; second += 5) {
      assertThat(failingAt(second, ROW, second)).containsExactly(Repair.RESTART_FAILED);
    }
  }

  @Test
  void resetsTheDelayAfterATaskHasRunForMinutes() {
    replaceOnce(0);
    assertThat(at(100, WELL, SOUND)).isEmpty();
    assertThat(replaceOnce(130)).as("it ran for less").isEqualTo(40);
    assertThat(at(400, WELL, SOUND)).isEmpty();
    assertThat(replaceOnce(405)).isEqualTo(20);
  }

  /** Fails every five seconds until the slot is replaced; after how many seconds that was. */
  @CanIgnoreReturnValue
  private int replaceOnce(int from) {
    int second = from;
    while (!failingAt(second, ROW, from).contains(Repair.REPLACE_SLOT)) {
      second += 5;
    }
    return second - from;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.apache.kafka.connect.errors.ConnectException: x\n\tat a.B\n"
            + "Caused by: org.apache.kafka.common.errors.TimeoutException: y",
        "org.apache.kafka.common.config.ConfigException: no such class",
        "org.apache.kafka.connect.errors.ConnectException: send callback\n"
            + "Caused by: org.apache.kafka.common.errors.RecordTooLargeException: The request"
            + " included a message larger than the max message size the server will accept.",
        "org.apache.kafka.connect.errors.ConnectException: send callback\n"
            + "Caused by: org.apache.kafka.common.errors.RecordTooLargeException: The message is"
            + " 1900 bytes when serialized which is larger than 1024, which is the value of the"
            + " max.request.size configuration.",
        "org.apache.kafka.connect.errors.ConnectException: stopped\n"
            + "Caused by: org.postgresql.util.PSQLException: FATAL: terminating",
        "org.apache.kafka.connect.errors.ConnectException: no such class\n"
            + "\tat org.apache.kafka.connect.runtime.Worker.startTask(Worker.java:1)",
        "java.lang.OutOfMemoryError: Java heap space",
        "not an exception",
        ""
      })
  void doesNotReplaceASlotForAnEnvironmentFault(String error) {
    for (int second = 0; second <= 300; second += 5) {
      assertThat(failingAt(second, error, 7)).containsExactly(Repair.RESTART_FAILED);
    }
  }

  @Test
  void replacesASlotForARecordThatNoLimitAllows() {
    String error =
        """
        org.apache.kafka.connect.errors.ConnectException: send callback
        Caused by: org.apache.kafka.common.errors.RecordTooLargeException: The message is 1100216 \
        bytes when serialized which is larger than 1048576, which is the value of the \
        max.request.size configuration.
        """;
    for (int second = 0; second < 20; second += 5) {
      assertThat(failingAt(second, error, 7)).containsExactly(Repair.RESTART_FAILED);
    }
    assertThat(failingAt(20, error, 7)).contains(Repair.REPLACE_SLOT);
  }

  private static final String ROW =
      """
      org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler
      \tat org.apache.kafka.connect.runtime.errors.RetryWithToleranceOperator.execute(R.java:1)
      Caused by: org.apache.kafka.connect.errors.DataException: specversion is not a valid field name
      \tat org.apache.kafka.connect.data.Struct.lookupField(Struct.java:254)
      """;

  private List<Repair> failingAt(int second, String error, long confirmed) {
    return at(
        second,
        new Registered(RUNNING, List.of(new Part("FAILED", error))),
        new Source(new Slot("reserved", true, confirmed), Publication.COMPLETE, ROLE));
  }

  private static Source withRole(Role role) {
    return new Source(SLOT, Publication.COMPLETE, role);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PAUSED", "STOPPED"})
  void doesNotRepairAHaltedConnector(String state) {
    Connector halted = new Registered(new Part(state, ""), List.of(new Part("FAILED", "")));

    assertThat(afterAWhile(halted, SOUND, LONG)).isEmpty();
    assertThat(afterAWhile(halted, new Source(SLOT, Publication.ABSENT, ROLE), LONG)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "42704, UNDECODABLE", // the publication was not there then
    "58P01, UNDECODABLE", // the log is missing
    "XX000, UNDECODABLE",
    "XX001, UNDECODABLE",
    "55006, IN_USE",
    "42501, UNCERTAIN", // no right to test it
    "42883, UNCERTAIN", // no function to test it
    "57014, UNCERTAIN",
    "53300, UNCERTAIN",
    "08006, UNCERTAIN"
  })
  void slotIsUndecodableOnlyBecauseOfItsLog(String state, SlotTest expected) {
    assertThat(SlotTest.of(new PgException("message", "ERROR", state, null))).isEqualTo(expected);
  }

  @Test
  void slotThatCannotBeTestedIsUncertain() {
    assertThat(SlotTest.of(null)).isEqualTo(SlotTest.DECODABLE);
    assertThat(SlotTest.of(new IllegalStateException("closed"))).isEqualTo(SlotTest.UNCERTAIN);
  }

  private List<Repair> due(Connector connector, Source source, Duration waiting, long nowNanos) {
    return plan.due(connector, source, waiting, waiting, nowNanos);
  }

  private List<Repair> afterAWhile(Connector connector, Source source, Duration waiting) {
    assertThat(due(connector, source, waiting, 0)).isNotNull();
    return due(connector, source, waiting, LONG.toNanos());
  }

  private List<Repair> at(int second, Connector connector, Source source) {
    return due(connector, source, Duration.ZERO, Duration.ofSeconds(second).toNanos());
  }
}
