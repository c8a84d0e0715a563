package dev.converge.outbox.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

/**
 * Goal: an absent topic is created with the best known shape, and the log names its source. Method:
 * examples.
 */
class TopicShapeTest {
  private static final TopicShape SMALL = new TopicShape("a", 2, (short) 1);
  private static final TopicShape LARGE = new TopicShape("b", 6, (short) 3);

  @Test
  void topicIsRecreatedAsItWas() {
    Map<String, TopicShape> seen = Map.of("one", SMALL, "other", LARGE);

    NewTopic again = TopicShape.again("one", seen);

    assertThat(again.name()).isEqualTo("one");
    assertThat(again.numPartitions()).isEqualTo(2);
    assertThat(again.replicationFactor()).isEqualTo((short) 1);
    assertThat(TopicShape.reason("one", seen))
        .isEqualTo("with 2 partitions and 1 replicas, as it was");
  }

  @Test
  void topicThatWasNeverSeenIsCreatedLikeTheLargestOther() {
    Map<String, TopicShape> seen = Map.of("one", SMALL, "other", LARGE);

    NewTopic again = TopicShape.again("third", seen);

    assertThat(again.numPartitions()).isEqualTo(6);
    assertThat(again.replicationFactor()).isEqualTo((short) 3);
    assertThat(TopicShape.reason("third", seen)).endsWith("like the other topics");
  }

  @Test
  void withoutAnyKnownTopicTheBrokersDefaultsApply() {
    NewTopic again = TopicShape.again("one", Map.of());

    assertThat(again.numPartitions()).isEqualTo(-1);
    assertThat(again.replicationFactor()).isEqualTo((short) -1);
    assertThat(TopicShape.reason("one", Map.of()))
        .isEqualTo("with the broker's defaults, since no topic was ever seen");
  }
}
