package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.UnseenRows.Row;
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
    unseen.republished(unseen.missing(100, 10), START.plusSeconds(40));

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
    unseen.republished(unseen.missing(100, 10), START.plusSeconds(300));

    unseen.await(List.of(new Row(row(1).id(), START.plusSeconds(200))), 400);

    assertThat(unseen.missing(400, 10)).isEmpty();
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
        unseen.republished(found, START);
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
  void nothingIsPublishedAgainThatIsThereOrToCome() {
    Seed.forEach(500, UnseenRowsTest::nothingIsPublishedAgainThatIsThereOrToCome);
  }

  /** A message in a topic, and when it came. */
  private record Told(UUID id, int second) {}

  /** A row a second; a topic that is emptied now and then; an audit that then begins anew. */
  private static void nothingIsPublishedAgainThatIsThereOrToCome(long seed) {
    Random random = new Random(seed);
    UnseenRows unseen = new UnseenRows();
    List<Row> log = new ArrayList<>();
    List<Told> topic = new ArrayList<>();
    int sent = 0;
    int audited = 0;
    int read = 0;
    for (int round = 0; round < 300; round++) {
      boolean emptied = random.nextInt(40) == 0;
      if (emptied) {
        topic.clear();
        unseen.clear();
        audited = 0;
        read = 0;
      }
      for (int i = random.nextInt(4); i > 0; i--) {
        log.add(row(log.size()));
      }
      for (; sent < log.size() && random.nextInt(8) != 0; sent++) {
        topic.add(new Told(log.get(sent).id(), log.size()));
      }
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
      List<Row> missing = unseen.missing(confirmed, Integer.MAX_VALUE);
      Set<UUID> there = new HashSet<>(topic.stream().map(Told::id).toList());
      log.subList(sent, log.size()).forEach(row -> there.add(row.id()));
      assertThat(missing).extracting(Row::id).doesNotHaveDuplicates().noneMatch(there::contains);
      unseen.republished(missing, START.plusSeconds(log.size() - 10));
      missing.forEach(row -> log.add(new Row(row.id(), START.plusSeconds(log.size()))));
    }
  }

  private static long millis(int second) {
    return START.plusSeconds(second).toInstant().toEpochMilli();
  }

  private static Row row(int number) {
    return new Row(new UUID(0x7000, number), START.plusSeconds(number));
  }
}
