package dev.converge.outbox.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/**
 * Goal: rows count as handled once every group that reads their topic has committed past them.
 * Method: examples.
 */
class HandledUpToTest {
  private static final OffsetDateTime NOON = OffsetDateTime.parse("2026-01-01T12:00:00Z");
  private static final OffsetDateTime NOTHING = OffsetDateTime.parse("1970-01-01T00:00:00Z");
  private static final TopicPartition FIRST = new TopicPartition("orders", 0);
  private static final TopicPartition SECOND = new TopicPartition("orders", 1);

  private HandledUpTo handled = HandledUpTo.of(Map.of());

  @Test
  void rowsAreHandledOnceEveryGroupHasCommittedPastTheEndOfEveryPartition() {
    handled = handled.seen(NOON, Map.of(FIRST, 5L, SECOND, 7L));

    handled =
        handled.committed(
            Map.of("a", Map.of(FIRST, 5L, SECOND, 7L), "b", Map.of(FIRST, 9L, SECOND, 6L)));
    assertThat(handled.moments().get("orders")).isEqualTo(NOTHING);

    handled =
        handled.committed(
            Map.of("a", Map.of(FIRST, 5L, SECOND, 7L), "b", Map.of(FIRST, 9L, SECOND, 7L)));
    assertThat(handled.moments().get("orders")).isEqualTo(NOON);
  }

  @Test
  void topicThatNoGroupReadsIsNotHandled() {
    handled = handled.seen(NOON, Map.of(FIRST, 0L));

    handled = handled.committed(Map.of("a", Map.of(new TopicPartition("others", 0), 5L)));

    assertThat(handled.moments()).isEmpty();
  }

  @Test
  void partitionWithoutCommittedOffsetIsNotHandledUnlessItIsEmpty() {
    handled = handled.seen(NOON, Map.of(FIRST, 5L, SECOND, 1L));
    handled = handled.committed(Map.of("a", Map.of(FIRST, 5L)));
    assertThat(handled.moments()).containsEntry("orders", NOTHING);

    HandledUpTo other =
        HandledUpTo.of(Map.of())
            .seen(NOON, Map.of(FIRST, 5L, SECOND, 0L))
            .committed(Map.of("a", Map.of(FIRST, 5L)));
    assertThat(other.moments()).containsEntry("orders", NOON);
  }

  @Test
  void groupThatAlwaysLagsALittlePassesMarks() {
    handled = handled.seen(NOON, Map.of(FIRST, 5L));
    handled = handled.seen(NOON.plusSeconds(15), Map.of(FIRST, 10L));
    handled = handled.committed(Map.of("a", Map.of(FIRST, 8L)));
    assertThat(handled.moments().get("orders")).isEqualTo(NOON);

    handled = handled.seen(NOON.plusSeconds(30), Map.of(FIRST, 15L));
    handled = handled.committed(Map.of("a", Map.of(FIRST, 16L)));
    assertThat(handled.moments().get("orders")).isEqualTo(NOON.plusSeconds(30));
  }

  @Test
  void markInATopicThatLostRecordsIsRemovedAndHandledRowsStayHandled() {
    handled = handled.seen(NOON, Map.of(FIRST, 5L));
    handled = handled.committed(Map.of("a", Map.of(FIRST, 5L)));
    handled = handled.seen(NOON.plusSeconds(15), Map.of(FIRST, 10L));
    assertThat(handled.isMarked()).isTrue();

    handled = handled.recordsAreGone(Set.of("orders"));
    assertThat(handled.isMarked()).isFalse();
    handled = handled.committed(Map.of("a", Map.of(FIRST, 10L)));

    assertThat(handled.moments().get("orders")).isEqualTo(NOON);
  }

  @Test
  void handledMomentNeverGoesBack() {
    HandledUpTo later =
        HandledUpTo.of(Map.of("orders", NOON.plusHours(1)))
            .seen(NOON, Map.of(FIRST, 5L))
            .committed(Map.of("a", Map.of(FIRST, 5L)));

    assertThat(later.moments().get("orders")).isEqualTo(NOON.plusHours(1));
  }
}
