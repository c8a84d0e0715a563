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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: a row is missing if, and only if, the connector is past it and it is in no topic. Method:
 * examples, and a seeded simulation of a log, a connector that loses rows, and a topic. A connector
 * that is only behind never makes a row missing.
 */
class UnseenRowsTest {
  private static final OffsetDateTime START =
      Instant.parse("2026-01-01T00:00:00Z").atOffset(ZoneOffset.UTC);

  private final Rows unseen = new Rows();

  @Test
  void rowThatTheConnectorHasNotConfirmedIsNotMissing() {
    unseen.await(List.of(row(1)), 100);

    assertThat(unseen.missing(99, 10)).isEmpty();
    assertThat(unseen.missing(100, 10)).containsExactly(row(1));
  }

  @Test
  void seenRowIsNotMissing() {
    unseen.await(List.of(row(1), row(2)), 100);
    unseen.seen(row(1).id(), 0);

    assertThat(unseen.missing(100, 10)).containsExactly(row(2));
  }

  @Test
  void republishedRowAwaitsItsCopy() {
    unseen.await(List.of(row(1)), 100);
    republished(unseen.missing(100, 10), 40);

    assertThat(unseen.missing(200, 10)).isEmpty();
    unseen.await(List.of(new Row(row(1).id(), START.plusSeconds(50))), 200);
    assertThat(unseen.missing(150, 10)).isEmpty();
    assertThat(unseen.missing(200, 10)).hasSize(1);
  }

  @Test
  void missingRowsAreBounded() {
    unseen.await(List.of(row(1), row(2), row(3)), 100);

    assertThat(unseen.missing(100, 2)).containsExactly(row(1), row(2));
  }

  @Test
  void nextReconcilerBeginsAtTheOldestAwaitedRow() {
    assertThat(unseen.oldest()).isNull();
    unseen.await(List.of(row(1), row(2)), 100);
    unseen.seen(row(1).id(), 0);

    assertThat(unseen.oldest()).isEqualTo(row(2).createdAt());
  }

  @Test
  void rowSeenBeforeItWasReadIsNotAwaited() {
    unseen.seen(row(1).id(), millis(1));
    unseen.seen(row(2).id(), millis(2));

    assertThat(unseen.forget(START.plusSeconds(7))).isTrue();
    unseen.await(List.of(row(1), row(2)), 100);

    assertThat(unseen.missing(100, 10)).as("removed after its retention").containsExactly(row(1));
    assertThat(unseen.forget(START.plusSeconds(8))).isTrue();
    assertThat(unseen.remembers()).isFalse();
  }

  @Test
  void recordAccountsForAllEarlierRowsOfItsMessage() {
    unseen.await(List.of(row(1)), 100);
    unseen.seen(row(1).id(), millis(60));

    unseen.await(List.of(new Row(row(1).id(), START.plusSeconds(59))), 200);
    assertThat(unseen.missing(200, 10)).isEmpty();

    Row later = new Row(row(1).id(), START.plusSeconds(90));
    unseen.await(List.of(later), 300);
    assertThat(unseen.missing(300, 10)).containsExactly(later);
  }

  @Test
  void copyAccountsForAllEarlierRowsOfItsMessage() {
    unseen.await(List.of(row(1)), 100);
    republished(unseen.missing(100, 10), 300);

    unseen.await(List.of(new Row(row(1).id(), START.plusSeconds(200))), 400);

    assertThat(unseen.missing(400, 10)).isEmpty();
  }

  @Test
  void copyOfARowThatWasCopiedBeforeIsComparedLikeAnyRow() {
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
  void overflowRequiresReadingAgain() {
    unseen.seen(
        IntStream.rangeClosed(0, 100_000).mapToObj(number -> new UUID(1, number)).toList(), 0);

    assertThat(unseen.forget(START)).isFalse();
    assertThat(unseen.remembers()).isFalse();
    assertThat(unseen.forget(START)).isTrue();
  }

  @Test
  void exactlyTheLostRowsAreMissingInAnyOrderOfEvents() {
    Seed.forEach(500, UnseenRowsTest::exactlyTheLostRowsAreMissing);
  }

  /** A log of rows, a connector that publishes or loses each in order, and a reconciler. */
  private static void exactlyTheLostRowsAreMissing(long seed) {
    Random random = new Random(seed);
    Rows unseen = new Rows();
    List<Row> log = new ArrayList<>();
    Set<UUID> lost = new HashSet<>();
    List<UUID> topic = new ArrayList<>();
    Set<Row> missing = new HashSet<>();
    int confirmed = 0;
    int compared = 0;
    int read = 0;
    for (int step = 0; step < 400; step++) {
      int rows = random.nextInt(4);
      for (int i = 0; i < rows; i++) {
        log.add(row(log.size()));
      }
      // The connector is unavailable half of the time.
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
        int upTo = compared + random.nextInt(log.size() - compared + 1);
        unseen.await(log.subList(compared, upTo), log.size());
        compared = upTo;
        // Each record is read once, whether or not its row is awaited by then.
        int now = log.size();
        unseen.seen(topic.subList(read, topic.size()), millis(now));
        read = topic.size();
        List<Row> found = unseen.missing(confirmedThen, Integer.MAX_VALUE);
        unseen.republished(found, found.stream().map(Row::id).toList(), START);
        assertThat(found).noneMatch(missing::contains);
        missing.addAll(found);
        assertThat(found).allMatch(row -> lost.contains(row.id()));
      }
    }
    // The connector catches up without further loss, and everything is compared a last time.
    while (confirmed < log.size()) {
      topic.add(log.get(confirmed++).id());
    }
    unseen.await(log.subList(compared, log.size()), log.size());
    unseen.seen(topic.subList(read, topic.size()), millis(log.size()));
    missing.addAll(unseen.missing(confirmed, Integer.MAX_VALUE));
    assertThat(missing.stream().map(Row::id)).containsExactlyInAnyOrderElementsOf(lost);
  }

  @Test
  void onlyLostRowsAreRepublishedAndAllOfThem() {
    Seed.forEach(500, seed -> new EmptiedTopic(seed).run());
  }

  /**
   * A row per second; a topic that is emptied now and then; a reconciler that then starts over, and
   * may copy each row once.
   */
  private static final class EmptiedTopic {
    /** A message in a topic, and when it was sent. */
    private record Sent(UUID id, int second) {}

    private final Random random;
    private final Rows unseen = new Rows();
    private final List<Row> log = new ArrayList<>();
    private final List<Sent> topic = new ArrayList<>();
    private final Set<Row> claimed = new HashSet<>();
    private int sent;
    private int compared;
    private int read;

    EmptiedTopic(long seed) {
      this.random = new Random(seed);
    }

    void run() {
      for (int round = 0; round < 300; round++) {
        if (random.nextInt(40) == 0) {
          topic.clear();
          unseen.clear();
          compared = 0;
          read = 0;
        }
        round();
      }
      Set<UUID> written = new HashSet<>(log.stream().map(Row::id).toList());
      for (int end = log.size() + 10; compared < end || unseen.size() > 0; ) {
        round();
        end = Math.max(end, lastCopy() + 10);
      }
      sent = send(log.size());
      assertThat(inTopic()).containsAll(written);
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
      // Rows have ten seconds to arrive, and are read in steps.
      int confirmed = sent;
      int upTo = Math.max(compared, Math.min(compared + random.nextInt(60), log.size() - 10));
      unseen.await(log.subList(compared, upTo), log.size());
      compared = upTo;
      topic
          .subList(read, topic.size())
          .forEach(sent -> unseen.seen(sent.id(), millis(sent.second())));
      read = topic.size();
      assertThat(unseen.forget(START.plusSeconds(upTo))).isTrue();
      republish(unseen.missing(confirmed, Integer.MAX_VALUE));
    }

    private int send(int upTo) {
      log.subList(sent, upTo).forEach(row -> topic.add(new Sent(row.id(), log.size())));
      return upTo;
    }

    private Set<UUID> inTopic() {
      return new HashSet<>(topic.stream().map(Sent::id).toList());
    }

    private void republish(List<Row> missing) {
      Set<UUID> known = inTopic();
      log.subList(sent, log.size()).forEach(row -> known.add(row.id()));
      List<Row> copied = missing.stream().filter(claimed::add).toList();
      assertThat(copied).extracting(Row::id).doesNotHaveDuplicates().noneMatch(known::contains);
      unseen.republished(
          missing, copied.stream().map(Row::id).toList(), START.plusSeconds(log.size() - 10));
      copied.forEach(row -> log.add(new Row(row.id(), START.plusSeconds(log.size()))));
    }
  }

  /** The current value of the rows, as a reconciler's state has it. */
  private static final class Rows {
    private UnseenRows rows = UnseenRows.NONE;

    void await(List<Row> read, long writtenUpTo) {
      rows = rows.await(read, writtenUpTo);
    }

    void seen(UUID id, long recordMillis) {
      seen(List.of(id), recordMillis);
    }

    void seen(List<UUID> ids, long recordMillis) {
      UnseenRows.Search search = rows.search();
      ids.forEach(id -> search.seen(id, recordMillis));
      rows = search.result();
    }

    List<Row> missing(long confirmedUpTo, int most) {
      return rows.missing(confirmedUpTo, START.plusDays(1), most);
    }

    void republished(List<Row> missing, List<UUID> copied, OffsetDateTime completeTo) {
      rows = rows.republished(missing, copied, completeTo);
    }

    /** Returns false if there were too many to remember. */
    boolean forget(OffsetDateTime readTo) {
      boolean remembered = !rows.overflowed();
      rows = rows.forget(readTo);
      return remembered;
    }

    void clear() {
      rows = UnseenRows.NONE;
    }

    boolean remembers() {
      return rows.remembers();
    }

    @Nullable OffsetDateTime oldest() {
      return rows.oldest();
    }

    int size() {
      return rows.size();
    }
  }

  private static long millis(int second) {
    return START.plusSeconds(second).toInstant().toEpochMilli();
  }

  private static Row row(int number) {
    return new Row(new UUID(0x7000, number), START.plusSeconds(number));
  }
}
