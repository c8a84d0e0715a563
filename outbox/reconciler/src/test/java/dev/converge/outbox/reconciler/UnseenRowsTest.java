package dev.converge.outbox.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.reconciler.UnseenRows.Row;
import dev.converge.testkit.Seed;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: an audit calls a row missing if, and only if, the connector is past it and it is in no
 * topic. Method: examples, and a seeded simulation of a log, a connector that loses rows, and a
 * topic, in which a connector that is merely behind never makes a row missing.
 */
class UnseenRowsTest {
  private static final OffsetDateTime START =
      Instant.parse("2026-01-01T00:00:00Z").atOffset(ZoneOffset.UTC);

  private final UnseenRows unseen = new UnseenRows();

  @Test
  void rowThatTheConnectorHasNotConfirmedWaits() {
    unseen.await(List.of(row(1)), 100);

    assertThat(unseen.missing(99, 10)).isEmpty();
    assertThat(unseen.missing(100, 10)).containsExactly(row(1));
  }

  @Test
  void rowThatWasSeenIsNotMissing() {
    unseen.await(List.of(row(1), row(2)), 100);
    unseen.seen(row(1).id(), 0);

    assertThat(unseen.missing(100, 10)).containsExactly(row(2));
  }

  @Test
  void rowThatWasPublishedAgainAwaitsItsCopy() {
    unseen.await(List.of(row(1)), 100);
    republished(unseen.missing(100, 10), 40);

    assertThat(unseen.missing(200, 10)).isEmpty();
    unseen.await(List.of(new Row(row(1).id(), START.plusSeconds(50))), 200);
    assertThat(unseen.missing(150, 10)).isEmpty();
    assertThat(unseen.missing(200, 10)).hasSize(1);
  }

  @Test
  void noMoreAreMissingAtOnceThanAskedFor() {
    unseen.await(List.of(row(1), row(2), row(3)), 100);

    assertThat(unseen.missing(100, 2)).containsExactly(row(1), row(2));
  }

  @Test
  void oldestIsWhereASuccessorBegins() {
    assertThat(unseen.oldest()).isNull();
    unseen.await(List.of(row(1), row(2)), 100);
    unseen.seen(row(1).id(), 0);

    assertThat(unseen.oldest()).isEqualTo(row(2).createdAt());
  }

  @Test
  void rowThatWasSeenBeforeItWasReadIsNotAwaited() {
    unseen.seen(row(1).id(), millis(1));
    unseen.seen(row(2).id(), millis(2));

    assertThat(unseen.forget(START.plusSeconds(7))).isTrue();
    unseen.await(List.of(row(1), row(2)), 100);

    assertThat(unseen.missing(100, 10)).as("forgotten in time").containsExactly(row(1));
    assertThat(unseen.forget(START.plusSeconds(8))).isTrue();
    assertThat(unseen.remembers()).isFalse();
  }

  @Test
  void recordStandsForAllRowsOfItsMessageThatWereWrittenBefore() {
    unseen.await(List.of(row(1)), 100);
    unseen.seen(row(1).id(), millis(60));

    unseen.await(List.of(new Row(row(1).id(), START.plusSeconds(59))), 200);
    assertThat(unseen.missing(200, 10)).isEmpty();

    Row later = new Row(row(1).id(), START.plusSeconds(90));
    unseen.await(List.of(later), 300);
    assertThat(unseen.missing(300, 10)).containsExactly(later);
  }

  @Test
  void copyThatIsToComeStandsForRowsOfItsMessageThatWereWrittenBefore() {
    unseen.await(List.of(row(1)), 100);
    republished(unseen.missing(100, 10), 300);

    unseen.await(List.of(new Row(row(1).id(), START.plusSeconds(200))), 400);

    assertThat(unseen.missing(400, 10)).isEmpty();
  }

  @Test
  void copyOfARowThatWasCopiedBeforeIsLookedForInItsTurn() {
    unseen.await(List.of(row(1)), 100);
    unseen.republished(unseen.missing(100, 10), List.of(), START.plusSeconds(300));
    assertThat(unseen.missing(100, 10)).isEmpty();

    Row copy = new Row(row(1).id(), START.plusSeconds(200));
    unseen.await(List.of(copy), 400);

    assertThat(unseen.missing(400, 10)).containsExactly(copy);
  }

  private void republished(List<Row> missing, int completeTo) {
    unseen.republished(
        missing, missing.stream().map(Row::id).toList(), START.plusSeconds(completeTo));
  }

  @Test
  void tooManyToRememberAreToBeReadOnceMore() {
    for (int number = 0; number <= 100_000; number++) {
      unseen.seen(new UUID(1, number), 0);
    }

    assertThat(unseen.forget(START)).isFalse();
    assertThat(unseen.remembers()).isFalse();
    assertThat(unseen.forget(START)).isTrue();
  }

  @Test
  void exactlyTheLostRowsAreMissingWhateverTheOrderOfThings() {
    Seed.forEach(500, UnseenRowsTest::exactlyTheLostRowsAreMissing);
  }

  /** A log of rows, a connector that publishes or loses each in order, an audit that looks. */
  private static void exactlyTheLostRowsAreMissing(long seed) {
    Random random = new Random(seed);
    UnseenRows unseen = new UnseenRows();
    List<Row> log = new ArrayList<>();
    Set<UUID> lost = new HashSet<>();
    List<UUID> topic = new ArrayList<>();
    Set<Row> missing = new HashSet<>();
    int confirmed = 0;
    int audited = 0;
    int read = 0;
    for (int step = 0; step < 400; step++) {
      int rows = random.nextInt(4);
      for (int i = 0; i < rows; i++) {
        log.add(row(log.size()));
      }
      // The connector is away half of the time.
      for (int left = random.nextInt(8); left > 3 && confirmed < log.size(); left--) {
        UUID id = log.get(confirmed++).id();
        boolean loses = random.nextInt(10) == 0;
        if (loses) {
          lost.add(id);
        } else {
          topic.add(id);
        }
      }
      if (random.nextBoolean()) {
        // One round: what is confirmed, then the rows, then the topic, in this order.
        int confirmedThen = confirmed;
        // The rows are read up to some moment, the topic to its end.
        int upTo = audited + random.nextInt(log.size() - audited + 1);
        unseen.await(log.subList(audited, upTo), log.size());
        audited = upTo;
        // Each record is read once, whether or not its row is awaited by then.
        int now = log.size();
        topic.subList(read, topic.size()).forEach(id -> unseen.seen(id, millis(now)));
        read = topic.size();
        List<Row> found = unseen.missing(confirmedThen, Integer.MAX_VALUE);
        unseen.republished(found, found.stream().map(Row::id).toList(), START);
        assertThat(found).noneMatch(missing::contains);
        missing.addAll(found);
        assertThat(found).allMatch(row -> lost.contains(row.id()));
      }
    }
    // The connector catches up, losing nothing more, and the audit has a last look at all.
    while (confirmed < log.size()) {
      topic.add(log.get(confirmed++).id());
    }
    unseen.await(log.subList(audited, log.size()), log.size());
    topic.subList(read, topic.size()).forEach(id -> unseen.seen(id, millis(log.size())));
    missing.addAll(unseen.missing(confirmed, Integer.MAX_VALUE));
    assertThat(missing.stream().map(Row::id)).containsExactlyInAnyOrderElementsOf(lost);
  }

  @Test
  void nothingIsPublishedAgainThatIsThereOrToComeAndNothingStaysAway() {
    Seed.forEach(500, seed -> new EmptiedTopic(seed).run());
  }

  /**
   * A row a second; a topic that is emptied now and then; an audit that then begins anew, and may
   * copy each row once.
   */
  private static final class EmptiedTopic {
    /** A message in a topic, and when it came. */
    private record Told(UUID id, int second) {}

    private final Random random;
    private final UnseenRows unseen = new UnseenRows();
    private final List<Row> log = new ArrayList<>();
    private final List<Told> topic = new ArrayList<>();
    private final Set<Row> claimed = new HashSet<>();
    private int sent;
    private int audited;
    private int read;

    EmptiedTopic(long seed) {
      this.random = new Random(seed);
    }

    void run() {
      for (int round = 0; round < 300; round++) {
        if (random.nextInt(40) == 0) {
          topic.clear();
          unseen.clear();
          audited = 0;
          read = 0;
        }
        round();
      }
      Set<UUID> written = new HashSet<>(log.stream().map(Row::id).toList());
      for (int end = log.size() + 10; audited < end || unseen.size() > 0; ) {
        round();
        end = Math.max(end, lastCopy() + 10);
      }
      sent = send(log.size());
      assertThat(there()).containsAll(written);
    }

    private int lastCopy() {
      int last = log.size() - 1;
      while (last >= 0 && log.get(last).equals(row(last))) {
        last--;
      }
      return last;
    }

    private void round() {
      for (int i = random.nextInt(4); i > 0; i--) {
        log.add(row(log.size()));
      }
      int upToNow = sent;
      while (upToNow < log.size() && random.nextInt(8) != 0) {
        upToNow++;
      }
      sent = send(upToNow);
      // Rows are left ten seconds to arrive, and are read in steps.
      int confirmed = sent;
      int upTo = Math.max(audited, Math.min(audited + random.nextInt(60), log.size() - 10));
      unseen.await(log.subList(audited, upTo), log.size());
      audited = upTo;
      topic
          .subList(read, topic.size())
          .forEach(told -> unseen.seen(told.id(), millis(told.second())));
      read = topic.size();
      assertThat(unseen.forget(START.plusSeconds(upTo))).isTrue();
      republish(unseen.missing(confirmed, Integer.MAX_VALUE));
    }

    private int send(int upTo) {
      log.subList(sent, upTo).forEach(row -> topic.add(new Told(row.id(), log.size())));
      return upTo;
    }

    private Set<UUID> there() {
      return new HashSet<>(topic.stream().map(Told::id).toList());
    }

    private void republish(List<Row> missing) {
      Set<UUID> known = there();
      log.subList(sent, log.size()).forEach(row -> known.add(row.id()));
      List<Row> copied = missing.stream().filter(claimed::add).toList();
      assertThat(copied).extracting(Row::id).doesNotHaveDuplicates().noneMatch(known::contains);
      unseen.republished(
          missing, copied.stream().map(Row::id).toList(), START.plusSeconds(log.size() - 10));
      copied.forEach(row -> log.add(new Row(row.id(), START.plusSeconds(log.size()))));
    }
  }

  private static long millis(int second) {
    return START.plusSeconds(second).toInstant().toEpochMilli();
  }

  private static Row row(int number) {
    return new Row(new UUID(0x7000, number), START.plusSeconds(number));
  }
}
