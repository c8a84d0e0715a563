package dev.converge.outbox.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.reconciler.ObservedTopics.Committed;
import dev.converge.outbox.reconciler.ObservedTopics.Needed;
import dev.converge.outbox.reconciler.ObservedTopics.Offsets;
import dev.converge.outbox.reconciler.SeenTopic.SeenPartition;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/**
 * Goal: only offsets that a group has committed in the topic that exists now, by itself, count as
 * handled. Method: examples.
 */
class KnownTopicsTest {
  private static final OffsetDateTime NOON = OffsetDateTime.parse("2026-01-01T12:00:00Z");
  private static final TopicPartition PARTITION = new TopicPartition("orders", 0);
  private static final TopicShape SHAPE = new TopicShape("a", 1, (short) 1);

  private KnownTopics topics =
      KnownTopics.of(
              Map.of("orders", new SeenTopic(SHAPE, List.of(new SeenPartition(0, 5, null)), null)),
              List.of("orders"))
          .compared(NOON);

  @Test
  void offsetWithTheTopicsIdCounts() {
    commit(new Committed(5, "a"));

    assertThat(topics.handledTo()).containsEntry("orders", NOON);
  }

  @Test
  void offsetWithoutMetadataCountsIfTheGroupNotesNoIds() {
    commit(new Committed(5, ""));

    assertThat(topics.handledTo()).containsEntry("orders", NOON);
  }

  @Test
  void ignoresAnOffsetOfAnEarlierTopicOfTheSameName() {
    commit(new Committed(5, "another"));

    assertNothingIsHandled();
  }

  @Test
  void ignoresAnOffsetPastTheEnd() {
    commit(new Committed(6, "a"));

    assertNothingIsHandled();
  }

  @Test
  void ignoresAnOffsetWithoutAnIdForAGroupThatNotesIds() {
    commit(new Committed(2, "a"));
    commit(new Committed(5, ""));

    assertNothingIsHandled();
  }

  private void commit(Committed offset) {
    topics =
        topics
            .observe(
                List.of("orders"),
                new ObservedTopics(
                    Map.of("orders", SHAPE),
                    Map.of("group", Map.of(PARTITION, offset)),
                    Map.of(PARTITION, new Offsets(0, 5)),
                    Map.of()),
                new Needed(NOON, Map.of()))
            .topics();
  }

  private void assertNothingIsHandled() {
    assertThat(topics.handledTo().get("orders"))
        .isEqualTo(OffsetDateTime.parse("1970-01-01T00:00:00Z"));
  }
}
