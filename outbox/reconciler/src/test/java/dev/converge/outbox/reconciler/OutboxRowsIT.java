package dev.converge.outbox.reconciler;

import static dev.converge.testkit.OutboxPlatform.await;
import static org.assertj.core.api.Assertions.assertThat;

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
 * Goal: a reconciler continues where another one stopped, even if two of them write. Method: the
 * statements in real PostgreSQL.
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
  void forgetSavedPosition() {
    platform.update("DELETE FROM outbox_reconciled");
  }

  @Test
  void withoutASavedPositionThereIsNothingToContinue() {
    assertThat(state().saved().comparedTo()).isNull();
    assertThat(state().saved().repeatFrom()).isNull();
    assertThat(state().saved().topics()).isEmpty();
  }

  @Test
  void rowsArePublishedIfAPublicationContainsThemAll() {
    platform.update("ALTER PUBLICATION outbox DROP TABLE outbox");
    try {
      assertThat(state().published()).as("without the table").isFalse();
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
  void savedPositionNeverGoesBack() {
    saved(20, null);
    saved(10, null);

    assertThat(state().saved().comparedTo()).isEqualTo(at(20));
    assertThat(state().saved().topics()).isEqualTo(TOPICS);
  }

  @Test
  void savedPositionInTheFutureGoesBack() {
    saved(20, null);
    platform.update("UPDATE outbox_reconciled SET reconciled_to = now() + interval '1 hour'");

    saved(21, null);

    assertThat(state().saved().comparedTo()).isEqualTo(at(21));
  }

  @Test
  void requestToCompareAgainStaysUntilAReconcilerThatHasJoinedItIsDone() {
    saved(10, null);
    OffsetDateTime first = compareAgain(6, 12);
    OffsetDateTime second = compareAgain(4, 12);
    assertThat(second).as("differs from its predecessor").isAfter(first).isBefore(at(13));
    assertThat(state().saved().comparedTo()).isEqualTo(at(10));
    assertThat(state().saved().repeatTo()).isEqualTo(second);

    saved(30, null);
    assertThat(state().saved().repeatFrom()).as("saved without a request joined").isEqualTo(at(4));
    saved(31, first);
    assertThat(state().saved().repeatFrom())
        .as("saved with the earlier request joined")
        .isEqualTo(at(4));
    saved(8, second);
    assertThat(state().saved().repeatFrom()).as("saved with progress").isEqualTo(at(8));
    saved(7, second);
    assertThat(state().saved().repeatFrom()).as("saved with a lag").isEqualTo(at(8));
    saved(13, second);
    assertThat(state().saved().repeatFrom()).isNull();
    assertThat(state().saved().repeatTo()).isNull();
    assertThat(state().saved().comparedTo()).isEqualTo(at(31));
    saved(32, second);
    assertThat(state().saved().repeatFrom()).isNull();
  }

  @Test
  void laterRequestBeginsWithItsOwnFirstRow() {
    OffsetDateTime first = compareAgain(4, 12);
    saved(8, first);

    OffsetDateTime second = compareAgain(6, 13);

    saved(9, first);
    assertThat(state().saved().repeatFrom()).isEqualTo(at(6));
    assertThat(state().saved().repeatTo()).isEqualTo(second).isEqualTo(at(13));
  }

  @Test
  void requestToCompareAgainIsSavedEvenBeforeTheFirstComparison() {
    assertThat(compareAgain(4, 12)).isEqualTo(at(12));

    assertThat(state().saved().comparedTo()).isEqualTo(at(4));
    assertThat(state().saved().repeatFrom()).isEqualTo(at(4));
  }

  private void saved(int upToMinute, @Nullable OffsetDateTime repeatTo) {
    await(rows.saveProgress(at(upToMinute), TOPICS, repeatTo));
  }

  private OffsetDateTime compareAgain(int fromMinute, int toMinute) {
    return await(rows.compareAgain(at(fromMinute), at(toMinute), TOPICS));
  }

  private DatabaseState state() {
    return await(rows.state("no-such-slot", Duration.ofSeconds(10)));
  }

  private static OffsetDateTime at(int minute) {
    return NOON.plusMinutes(minute);
  }
}
