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
    unseen.republished(unseen.missing(100, 10));

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
    unseen.seen(row(1).id(), 1_000);
    unseen.seen(row(2).id(), 2_000);

    assertThat(unseen.forgetEarly(2_000)).isTrue();
    unseen.await(List.of(row(1), row(2)), 100);

    assertThat(unseen.missing(100, 10)).as("forgotten in time").containsExactly(row(1));
    assertThat(unseen.hasEarly()).isFalse();
  }

  @Test
  void tooManyToRememberAreToBeReadOnceMore() {
    for (int number = 0; number <= 100_000; number++) {
      unseen.seen(new UUID(1, number), 0);
    }

    assertThat(unseen.forgetEarly(0)).isFalse();
    assertThat(unseen.hasEarly()).isFalse();
    assertThat(unseen.forgetEarly(0)).isTrue();
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
        topic.subList(read, topic.size()).forEach(id -> unseen.seen(id, 0));
        read = topic.size();
        List<Row> found = unseen.missing(confirmedThen, Integer.MAX_VALUE);
        unseen.republished(found);
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
    topic.subList(read, topic.size()).forEach(id -> unseen.seen(id, 0));
    missing.addAll(unseen.missing(confirmed, Integer.MAX_VALUE));
    assertThat(missing.stream().map(Row::id)).containsExactlyInAnyOrderElementsOf(lost);
  }

  private static Row row(int number) {
    return new Row(new UUID(0x7000, number), START.plusSeconds(number));
  }
}
