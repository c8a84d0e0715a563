package dev.converge.outbox.reconciler;

import static dev.converge.testkit.OutboxPlatform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.reconciler.OutboxRows.State;
import dev.converge.outbox.reconciler.SeenTopic.SeenPartition;
import dev.converge.testkit.OutboxPlatform;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: what one auditor leaves, another takes up, also where two of them write at a time. Method:
 * the statements in real PostgreSQL.
 */
class OutboxRowsIT {
  private static final OffsetDateTime NOON = OffsetDateTime.parse("2026-01-01T12:00:00Z");
  private static final Map<String, SeenTopic> TOPICS =
      Map.of(
          "orders",
          new SeenTopic(
              new TopicShape("a", 1, (short) 1), List.of(new SeenPartition(3, 4, null)), NOON));

  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final OutboxRows rows = new OutboxRows(platform.pool());

  @BeforeEach
  void nobodyHasLooked() {
    platform.update("DELETE FROM outbox_audited");
  }

  @Test
  void whereNobodyHasLookedThereIsNothingToTakeUp() {
    assertThat(state().auditedTo()).isNull();
    assertThat(state().compareFrom()).isNull();
    assertThat(state().topics()).isEmpty();
  }

  @Test
  void rowsArePublishedWhereAPublicationHasThemAllHoweverItNamesTheirTable() {
    platform.update("ALTER PUBLICATION outbox DROP TABLE outbox");
    try {
      assertThat(state().published()).as("by none").isFalse();
      assertThat(publishedBy("TABLE outbox")).isTrue();
      assertThat(publishedBy("TABLE outbox_default")).isTrue();
      assertThat(publishedBy("ALL TABLES")).isTrue();
      assertThat(publishedBy("TABLES IN SCHEMA public")).isTrue();
      assertThat(publishedBy("TABLE outbox WHERE (sequence < 0) WITH (publish_via_partition_root)"))
          .isFalse();
      assertThat(publishedBy("TABLE outbox (id, created_at) WITH (publish_via_partition_root)"))
          .isFalse();
      assertThat(publishedBy("TABLE outbox WITH (publish = 'update')")).isFalse();
      assertThat(publishedBy("TABLES IN SCHEMA public WITH (publish = 'delete')")).isFalse();
    } finally {
      platform.update("ALTER PUBLICATION outbox ADD TABLE outbox");
    }
  }

  private boolean publishedBy(String tables) {
    platform.update("CREATE PUBLICATION spare FOR " + tables);
    try {
      return state().published();
    } finally {
      platform.update("DROP PUBLICATION spare");
    }
  }

  @Test
  void anAuditGoesOnFromTheFurthestThatAnyHasComeTo() {
    audited(20, null);
    audited(10, null);

    assertThat(state().auditedTo()).isEqualTo(at(20));
    assertThat(state().topics()).isEqualTo(TOPICS);
  }

  @Test
  void whatIsToBeComparedAgainStaysUntilAnAuditorThatKnowsOfItHasComparedIt() {
    audited(10, null);
    OffsetDateTime first = compareAgain(6, 12);
    OffsetDateTime second = compareAgain(4, 12);
    assertThat(second).as("told from the one before").isAfter(first).isBefore(at(13));
    assertThat(state().auditedTo()).isEqualTo(at(10));
    assertThat(state().compareTo()).isEqualTo(second);

    audited(30, null);
    assertThat(state().compareFrom()).as("one that knows of none").isEqualTo(at(4));
    audited(31, first);
    assertThat(state().compareFrom()).as("one that knows of the one before").isEqualTo(at(4));
    audited(8, second);
    assertThat(state().compareFrom()).as("one that goes on").isEqualTo(at(8));
    audited(7, second);
    assertThat(state().compareFrom()).as("one that is behind it").isEqualTo(at(8));
    audited(13, second);
    assertThat(state().compareFrom()).isNull();
    assertThat(state().compareTo()).isNull();
    assertThat(state().auditedTo()).isEqualTo(at(31));
    audited(32, second);
    assertThat(state().compareFrom()).isNull();
  }

  @Test
  void whatIsGoneMeanwhileIsComparedFromItsBegin() {
    OffsetDateTime first = compareAgain(4, 12);
    audited(8, first);

    OffsetDateTime second = compareAgain(6, 13);

    audited(9, first);
    assertThat(state().compareFrom()).isEqualTo(at(6));
    assertThat(state().compareTo()).isEqualTo(second).isEqualTo(at(13));
  }

  @Test
  void whatIsToBeComparedAgainIsKnownAlsoWhereNothingWasComparedYet() {
    assertThat(compareAgain(4, 12)).isEqualTo(at(12));

    assertThat(state().auditedTo()).isEqualTo(at(4));
    assertThat(state().compareFrom()).isEqualTo(at(4));
  }

  private void audited(int upToMinute, @Nullable OffsetDateTime compareTo) {
    await(rows.audited(at(upToMinute), TOPICS, compareTo));
  }

  private OffsetDateTime compareAgain(int fromMinute, int toMinute) {
    return await(rows.compareAgain(at(fromMinute), at(toMinute), TOPICS));
  }

  private State state() {
    return await(rows.state("no-such-slot", Duration.ofSeconds(10)));
  }

  private static OffsetDateTime at(int minute) {
    return NOON.plusMinutes(minute);
  }
}
