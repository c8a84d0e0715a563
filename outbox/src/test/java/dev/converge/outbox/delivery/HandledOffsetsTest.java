package dev.converge.outbox.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: no offset is committed that would skip records of a recreated topic, or of a partition that
 * was assigned to another consumer meanwhile. Method: examples, in the order in which events reach
 * a consumer.
 */
class HandledOffsetsTest {
  private static final Partition ONE = new Partition("t", 0);
  private static final Partition OTHER = new Partition("t", 1);

  private final HandledOffsets<TestEntry> offsets = new HandledOffsets<>(TestEntry.READER);

  private static TopicState topic(String id) {
    return committedIn(id, Map.of());
  }

  private static TopicState committedIn(String id, Map<Partition, String> committedIn) {
    return new TopicState(id, committedIn, Map.of());
  }

  private static TopicState committed(String id, Map<Partition, Long> committed) {
    return new TopicState(id, Map.of(), committed);
  }

  private void assignedIn(String id, Partition... partitions) {
    offsets.assigned(Set.of(partitions));
    offsets.beginCheck();
    assertThat(recreated(topic(id))).isEmpty();
  }

  private Set<Partition> recreated(TopicState topic) {
    return offsets.verify(topic, Map.of()).recreated();
  }

  /** The offsets to commit, each with its metadata. */
  private static Map<Partition, String> plain(ConsumerPosition taken) {
    Map<Partition, String> plain = new HashMap<>();
    taken
        .nextOffsets()
        .forEach((partition, offset) -> plain.put(partition, offset + " " + taken.topicId()));
    return plain;
  }

  /** A check of two newly assigned partitions. */
  private static Verification check(
      Map<Partition, Long> committed, Map<Partition, Long> handledTo) {
    HandledOffsets<TestEntry> fresh = new HandledOffsets<>(TestEntry.READER);
    fresh.assigned(Set.of(ONE, OTHER));
    fresh.beginCheck();
    return fresh.verify(committed("a", committed), handledTo);
  }

  @Test
  void commitsHandledOffsetsOnceWithTheTopicId() {
    assignedIn("a", ONE, OTHER);
    offsets.handled(ONE, 6);
    offsets.handled(ONE, 7);

    assertThat(plain(offsets.take())).isEqualTo(Map.of(ONE, "8 a"));
    assertThat(plain(offsets.take())).isEmpty();
  }

  @Test
  void readsFromTheHandledOffsetIfTheCommittedOneIsAheadOrAbsent() {
    Verification ahead = check(Map.of(ONE, 9L, OTHER, 4L), Map.of(ONE, 5L, OTHER, 4L));
    assertThat(ahead.behind()).isEqualTo(Map.of(ONE, 5L));
    assertThat(ahead.passed()).singleElement().hasToString("t-0@5 to 9");

    Verification absent = check(Map.of(ONE, 3L), Map.of(ONE, 5L, OTHER, 4L));
    assertThat(absent.behind()).isEqualTo(Map.of(OTHER, 4L));
    assertThat(absent.passed()).as("nothing was passed").isEmpty();

    assertThat(check(Map.of(ONE, 9L), Map.of()).behind()).isEmpty();
  }

  @Test
  void readsARecreatedTopicFromItsBeginningAndNotFromTheHandledOffset() {
    offsets.assigned(Set.of(ONE));
    offsets.beginCheck();
    Verification verified =
        offsets.verify(new TopicState("b", Map.of(ONE, "a"), Map.of(ONE, 9L)), Map.of(ONE, 5L));

    assertThat(verified.recreated()).containsExactly(ONE);
    assertThat(verified.behind()).isEmpty();
  }

  @Test
  void seeksOnlyPartitionsThatWereInTheCheck() {
    assignedIn("a", ONE);
    offsets.assigned(Set.of(OTHER));

    assertThat(
            offsets
                .verify(committed("a", Map.of(ONE, 9L, OTHER, 9L)), Map.of(ONE, 5L, OTHER, 5L))
                .behind())
        .isEmpty();
  }

  @Test
  void seekDiscardsUncommittedOffsets() {
    offsets.assigned(Set.of(ONE, OTHER));
    offsets.handled(ONE, 9);
    offsets.handled(OTHER, 2);
    offsets.beginCheck();
    Verification verified = offsets.verify(committed("a", Map.of(ONE, 9L)), Map.of(ONE, 5L));

    assertThat(verified.behind()).isEqualTo(Map.of(ONE, 5L));
    assertThat(offsets.uncommitted().nextOffsets()).isEqualTo(Map.of(OTHER, 3L));
    assertThat(plain(offsets.take())).isEqualTo(Map.of(OTHER, "3 a"));
  }

  @Test
  void commitsNothingOfAnUnverifiedPartition() {
    assignedIn("a", ONE);
    offsets.handled(ONE, 9);
    offsets.unverify(Set.of(ONE, OTHER));

    assertThat(plain(offsets.take())).isEmpty();
    assertThat(offsets.hasUnverified()).isTrue();
  }

  @Test
  void retriesAFailedCommitUnlessMoreWasHandled() {
    assignedIn("a", ONE, OTHER);
    offsets.handled(ONE, 7);
    offsets.handled(OTHER, 2);
    ConsumerPosition taken = offsets.take();
    offsets.handled(OTHER, 3);
    offsets.putBack(taken);

    assertThat(plain(offsets.take())).isEqualTo(Map.of(ONE, "8 a", OTHER, "4 a"));
  }

  @Test
  void commitsNothingBeforeTheTopicIsVerified() {
    offsets.assigned(Set.of(ONE));
    offsets.handled(ONE, 7);
    assertThat(plain(offsets.take())).isEmpty();

    offsets.beginCheck();
    assertThat(recreated(committedIn("a", Map.of(ONE, "a")))).isEmpty();
    assertThat(plain(offsets.take())).isEqualTo(Map.of(ONE, "8 a"));
  }

  @Test
  void keepsNothingOfAPartitionThatWasRevokedAndAssignedAgain() {
    assignedIn("a", ONE, OTHER);
    offsets.handled(ONE, 7);
    offsets.handled(OTHER, 2);
    ConsumerPosition taken = offsets.take();
    offsets.revoked(Set.of(ONE));
    offsets.putBack(taken);
    assignedIn("a", ONE);

    assertThat(plain(offsets.take())).isEqualTo(Map.of(OTHER, "3 a"));
  }

  @Test
  void ignoresABatchInWhichThePartitionWasRevoked() {
    assignedIn("a", ONE);
    offsets.batchBegins();
    offsets.revoked(Set.of(ONE));
    assignedIn("b", ONE);
    offsets.handled(ONE, 7);
    assertThat(plain(offsets.take())).isEmpty();

    offsets.batchBegins();
    offsets.handled(ONE, 0);
    assertThat(plain(offsets.take())).isEqualTo(Map.of(ONE, "1 b"));
  }

  @Test
  void readsARecreatedTopicFromItsBeginning() {
    assignedIn("a", ONE, OTHER);
    offsets.handled(ONE, 7);
    ConsumerPosition taken = offsets.take();
    offsets.handled(OTHER, 2);

    assertThat(recreated(topic("b"))).containsExactlyInAnyOrder(ONE, OTHER);
    offsets.putBack(taken);
    assertThat(plain(offsets.take())).isEmpty();
    offsets.handled(ONE, 0);
    assertThat(plain(offsets.take())).isEqualTo(Map.of(ONE, "1 b"));
    assertThat(recreated(topic("b"))).isEmpty();
  }

  @Test
  void ignoresOffsetsThatWereCommittedInAnotherTopicOfTheSameName() {
    offsets.assigned(Set.of(ONE, OTHER));
    offsets.handled(ONE, 7);

    offsets.beginCheck();
    assertThat(recreated(committedIn("b", Map.of(ONE, "a", OTHER, "b")))).containsExactly(ONE);
    assertThat(plain(offsets.take())).isEmpty();
  }

  @Test
  void acceptsOffsetsThatWereCommittedWithoutAnId() {
    offsets.assigned(Set.of(ONE));

    offsets.beginCheck();
    assertThat(recreated(committedIn("b", Map.of(ONE, "")))).isEmpty();
  }

  @Test
  void checksAPartitionAgainThatWasAssignedDuringACheck() {
    assignedIn("a", ONE);
    offsets.beginCheck();
    offsets.assigned(Set.of(OTHER));
    offsets.handled(OTHER, 7);

    assertThat(recreated(topic("a"))).isEmpty();
    assertThat(offsets.hasUnverified()).isTrue();
    assertThat(plain(offsets.take())).isEmpty();
    offsets.beginCheck();
    assertThat(recreated(committedIn("a", Map.of(OTHER, "z")))).containsExactly(OTHER);
    assertThat(plain(offsets.take())).isEmpty();
  }
}
