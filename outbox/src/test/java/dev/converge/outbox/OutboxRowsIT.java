package dev.converge.outbox;

import static dev.converge.outbox.OutboxPlatform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.OutboxRows.State;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: what one auditor leaves, another takes up, also where two of them write at a time. Method:
 * the statements in real PostgreSQL.
 */
class OutboxRowsIT {
  private static final OffsetDateTime NOON = OffsetDateTime.parse("2026-01-01T12:00:00Z");
  private static final Map<String, SeenTopic> TOPICS =
      Map.of("orders", new SeenTopic(new TopicShape("a", 2, (short) 1), List.of(3L, 4L), NOON));

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
  void anAuditGoesOnFromTheFurthestThatAnyHasComeTo() {
    audited(20, 0);
    audited(10, 0);

    assertThat(state().auditedTo()).isEqualTo(at(20));
    assertThat(state().topics()).isEqualTo(TOPICS);
  }

  @Test
  void whatIsToBeComparedAgainStaysUntilOneAuditorHasComparedAllOfIt() {
    audited(10, 0);
    await(rows.compareAgain(at(6), at(11), TOPICS));
    await(rows.compareAgain(at(4), at(12), TOPICS));
    assertThat(state().auditedTo()).isEqualTo(at(10));
    assertThat(state().compareFrom()).isEqualTo(at(4));

    audited(30, 5);
    assertThat(state().compareFrom()).as("one that began later").isEqualTo(at(4));
    audited(11, 4);
    assertThat(state().compareFrom()).as("one that has not come to the end").isEqualTo(at(4));
    audited(12, 4);
    assertThat(state().compareFrom()).isNull();
    assertThat(state().auditedTo()).isEqualTo(at(30));
  }

  @Test
  void whatIsToBeComparedAgainIsKnownAlsoWhereNothingWasComparedYet() {
    await(rows.compareAgain(at(4), at(12), TOPICS));

    assertThat(state().auditedTo()).isEqualTo(at(4));
    assertThat(state().compareFrom()).isEqualTo(at(4));
  }

  private void audited(int upToMinute, int sinceMinute) {
    await(rows.audited(at(upToMinute), TOPICS, at(sinceMinute)));
  }

  private State state() {
    return await(rows.state("no-such-slot", Duration.ofSeconds(10)));
  }

  private static OffsetDateTime at(int minute) {
    return NOON.plusMinutes(minute);
  }
}
