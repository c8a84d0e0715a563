package dev.converge.outbox.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.reconciler.SeenTopic.SeenPartition;
import io.vertx.core.json.JsonObject;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Goal: a topic is read as it was saved. Method: examples. */
class SeenTopicTest {
  private static final TopicShape SHAPE = new TopicShape("a", 2, (short) 1);

  @Test
  void savedTopicsAreReadUnchanged() {
    Map<String, SeenTopic> topics =
        Map.of(
            "known",
            new SeenTopic(
                SHAPE,
                List.of(
                    new SeenPartition(7, 5_000_000_000L, 1_767_268_800_000L),
                    new SeenPartition(0, 0, null)),
                OffsetDateTime.parse("2026-01-01T12:00:00Z")),
            "new",
            new SeenTopic(SHAPE, List.of(), null));

    JsonObject json = new JsonObject(SeenTopic.json(topics).encode());

    assertThat(SeenTopic.all(json)).isEqualTo(topics);
  }

  @Test
  void readingAgainDoesNotGoBack() {
    SeenPartition seen = new SeenPartition(0, 9, null).read(500, 3).read(900, 12).read(700, 5);

    assertThat(seen).isEqualTo(new SeenPartition(0, 12, 900L));
  }

  @Test
  void withoutASavedPositionThereIsNoTopic() {
    assertThat(SeenTopic.all(null)).isEmpty();
  }
}
