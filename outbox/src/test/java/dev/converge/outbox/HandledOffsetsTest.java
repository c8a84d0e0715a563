package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.OffsetAndMetadata;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: no offset is committed that would skip records of a topic that was made anew, or of a
 * partition that was another's meanwhile. Method: examples, in the order in which things happen to
 * a consumer.
 */
class HandledOffsetsTest {
  private static final TopicPartition ONE = new TopicPartition("t", 0);
  private static final TopicPartition OTHER = new TopicPartition("t", 1);

  private final HandledOffsets offsets = new HandledOffsets();

  private void assignedIn(String id, TopicPartition... partitions) {
    offsets.assigned(Set.of(partitions));
    offsets.ask();
    assertThat(offsets.verify(id, Map.of())).isEmpty();
  }

  /** What is to be committed, as offset and metadata. */
  private static Map<TopicPartition, String> plain(Map<TopicPartition, OffsetAndMetadata> taken) {
    Map<TopicPartition, String> plain = new HashMap<>();
    taken.forEach(
        (partition, offset) ->
            plain.put(partition, offset.getOffset() + " " + offset.getMetadata()));
    return plain;
  }

  @Test
  void whatWasHandledIsCommittedOnceWithTheTopicsId() {
    assignedIn("a", ONE, OTHER);
    offsets.handled(ONE, 6);
    offsets.handled(ONE, 7);

    assertThat(plain(offsets.take())).isEqualTo(Map.of(ONE, "8 a"));
    assertThat(offsets.take()).isEmpty();
  }

  @Test
  void aPartitionIsReadFromWhereItWasHandledToIfItsOffsetIsAheadOfThatOrAbsent() {
    offsets.assigned(Set.of(ONE, OTHER));
    offsets.ask();

    assertThat(offsets.behind(Map.of(ONE, 9L, OTHER, 4L), Map.of(ONE, 5L, OTHER, 4L)))
        .isEqualTo(Map.of(ONE, 5L));
    assertThat(offsets.behind(Map.of(ONE, 3L), Map.of(ONE, 5L, OTHER, 4L)))
        .isEqualTo(Map.of(OTHER, 4L));
    assertThat(offsets.behind(Map.of(ONE, 9L), Map.of())).isEmpty();
  }

  @Test
  void onlyAPartitionThatWasAskedAboutIsReadFromSomewhereElse() {
    assignedIn("a", ONE);
    offsets.assigned(Set.of(OTHER));

    assertThat(offsets.behind(Map.of(ONE, 9L, OTHER, 9L), Map.of(ONE, 5L, OTHER, 5L))).isEmpty();
  }

  @Test
  void whatWasHandledOfAPartitionThatIsReadFromSomewhereElseCountsForNothing() {
    offsets.assigned(Set.of(ONE, OTHER));
    offsets.handled(ONE, 9);
    offsets.handled(OTHER, 2);
    offsets.ask();
    assertThat(offsets.verify("a", Map.of())).isEmpty();
    offsets.sought(Set.of(ONE));

    assertThat(offsets.uncommitted()).isEqualTo(Map.of(OTHER, 3L));
    assertThat(plain(offsets.take())).isEqualTo(Map.of(OTHER, "3 a"));
  }

  @Test
  void nothingIsCommittedOfAPartitionThatIsInDoubt() {
    assignedIn("a", ONE);
    offsets.handled(ONE, 9);
    offsets.doubt(Set.of(ONE, OTHER));

    assertThat(offsets.take()).isEmpty();
    assertThat(offsets.isUnverified()).isTrue();
  }

  @Test
  void whatCouldNotBeCommittedIsTriedAgainUnlessMoreWasHandled() {
    assignedIn("a", ONE, OTHER);
    offsets.handled(ONE, 7);
    offsets.handled(OTHER, 2);
    Map<TopicPartition, OffsetAndMetadata> taken = offsets.take();
    offsets.handled(OTHER, 3);
    offsets.putBack(taken);

    assertThat(plain(offsets.take())).isEqualTo(Map.of(ONE, "8 a", OTHER, "4 a"));
  }

  @Test
  void nothingIsCommittedBeforeItIsKnownOfWhichTopicItIs() {
    offsets.assigned(Set.of(ONE));
    offsets.handled(ONE, 7);
    assertThat(offsets.take()).isEmpty();

    offsets.ask();
    assertThat(offsets.verify("a", Map.of(ONE, "a"))).isEmpty();
    assertThat(plain(offsets.take())).isEqualTo(Map.of(ONE, "8 a"));
  }

  @Test
  void nothingIsKeptOfAPartitionThatWasLostAndCameBack() {
    assignedIn("a", ONE, OTHER);
    offsets.handled(ONE, 7);
    offsets.handled(OTHER, 2);
    Map<TopicPartition, OffsetAndMetadata> taken = offsets.take();
    offsets.revoked(Set.of(ONE));
    offsets.putBack(taken);
    assignedIn("a", ONE);

    assertThat(plain(offsets.take())).isEqualTo(Map.of(OTHER, "3 a"));
  }

  @Test
  void aBatchThatAPartitionWasLostInCountsForNothingOfIt() {
    assignedIn("a", ONE);
    offsets.batchBegins();
    offsets.revoked(Set.of(ONE));
    assignedIn("b", ONE);
    offsets.handled(ONE, 7);
    assertThat(offsets.take()).isEmpty();

    offsets.batchBegins();
    offsets.handled(ONE, 0);
    assertThat(plain(offsets.take())).isEqualTo(Map.of(ONE, "1 b"));
  }

  @Test
  void aTopicThatWasMadeAnewIsReadFromItsBeginning() {
    assignedIn("a", ONE, OTHER);
    offsets.handled(ONE, 7);
    Map<TopicPartition, OffsetAndMetadata> taken = offsets.take();
    offsets.handled(OTHER, 2);

    assertThat(offsets.verify("b", Map.of())).containsExactlyInAnyOrder(ONE, OTHER);
    offsets.putBack(taken);
    assertThat(offsets.take()).isEmpty();
    offsets.handled(ONE, 0);
    assertThat(plain(offsets.take())).isEqualTo(Map.of(ONE, "1 b"));
    assertThat(offsets.verify("b", Map.of())).isEmpty();
  }

  @Test
  void whatWasCommittedInAnotherTopicOfTheNameCountsForNothing() {
    offsets.assigned(Set.of(ONE, OTHER));
    offsets.handled(ONE, 7);

    offsets.ask();
    assertThat(offsets.verify("b", Map.of(ONE, "a", OTHER, "b"))).containsExactly(ONE);
    assertThat(offsets.take()).isEmpty();
  }

  @Test
  void whatWasCommittedWithoutAnIdIsTrusted() {
    offsets.assigned(Set.of(ONE));

    offsets.ask();
    assertThat(offsets.verify("b", Map.of(ONE, ""))).isEmpty();
  }

  @Test
  void aPartitionThatCameAfterTheQuestionIsAskedForAgain() {
    assignedIn("a", ONE);
    offsets.ask();
    offsets.assigned(Set.of(OTHER));
    offsets.handled(OTHER, 7);

    assertThat(offsets.verify("a", Map.of())).isEmpty();
    assertThat(offsets.isUnverified()).isTrue();
    assertThat(offsets.take()).isEmpty();
    offsets.ask();
    assertThat(offsets.verify("a", Map.of(OTHER, "z"))).containsExactly(OTHER);
    assertThat(offsets.take()).isEmpty();
  }
}
