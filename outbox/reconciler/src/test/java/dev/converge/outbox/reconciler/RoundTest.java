package dev.converge.outbox.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.outbox.reconciler.DatabaseState.Saved;
import dev.converge.outbox.reconciler.DatabaseState.Slot;
import dev.converge.outbox.reconciler.ObservedTopics.Offsets;
import dev.converge.outbox.reconciler.ObservedTopics.Reach;
import dev.converge.outbox.reconciler.Round.Decision;
import dev.converge.outbox.reconciler.Round.Pace;
import dev.converge.outbox.reconciler.Round.RowsToRead;
import dev.converge.outbox.reconciler.SeenTopic.SeenPartition;
import dev.converge.outbox.reconciler.UnseenRows.Row;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: each step of a round leads to the state and the effects that the table of {@link Round}
 * states. Method: examples; {@link RoundSimulationTest} runs whole rounds.
 */
class RoundTest {
  private static final OffsetDateTime NOON = OffsetDateTime.parse("2026-01-01T12:00:00Z");
  private static final TopicPartition PARTITION = new TopicPartition("orders", 0);
  private static final TopicShape SHAPE = new TopicShape("a", 1, (short) 1);
  private static final SeenTopic SEEN =
      new SeenTopic(SHAPE, List.of(new SeenPartition(0, 5, null)), null);
  private static final OutboxReconciler.Config CONFIG =
      OutboxReconciler.Config.of("outbox", "/test", List.of("orders"), "broker:9092");

  private ReconcilerState state = ReconcilerState.INITIAL;
  private Slot slot = slot("reserved", 100, null);
  private Saved saved = new Saved(NOON.minusMinutes(10), null, null, Map.of("orders", SEEN));
  private boolean published = true;

  // The slot.

  @Test
  void missingSlotIsReportedAndRecreatedAfterOneInterval() {
    slot = slot(null, 0, null);

    assertThat(start(NOON)).contains(report(Check.SLOT, "outbox: gone"));
    assertThat(start(NOON.plusSeconds(14))).containsExactly(report(Check.SLOT, "outbox: gone"));
    assertThat(start(NOON.plusSeconds(15)))
        .containsExactly(report(Check.SLOT, "outbox: gone"), new Effect.RecreateSlot());
  }

  @Test
  void invalidatedSlotIsRecreatedUnlessTheRightIsMissing() {
    slot = new Slot("lost", 100, null, false);

    start(NOON);

    assertThat(start(NOON.plusSeconds(15))).containsExactly(report(Check.SLOT, "outbox: lost"));
    slot = slot("lost", 100, null);
    assertThat(start(NOON.plusSeconds(30))).contains(new Effect.RecreateSlot());
  }

  @Test
  void slotThatExistsAgainHasAnotherInterval() {
    slot = slot(null, 0, null);
    start(NOON);
    slot = slot("reserved", 100, null);
    start(NOON.plusSeconds(15));
    slot = slot(null, 0, null);

    assertThat(start(NOON.plusSeconds(30))).doesNotContain(new Effect.RecreateSlot());
  }

  @Test
  void slotThatTheConnectorHasRecreatedIsReported() {
    slot = slot("reserved", 100, new SlotCounts(NOON, 1_000, 50));
    assertThat(start(NOON)).isEmpty();
    slot = slot("reserved", 100, new SlotCounts(NOON, 10, 60));

    assertThat(start(NOON.plusSeconds(15))).contains(report(Check.SLOT, "outbox: recreated"));
  }

  @Test
  void slotIsRememberedAfterAFailedRound() {
    slot = slot(null, 0, null);
    start(NOON);
    state = state.failed();

    assertThat(start(NOON.plusSeconds(15))).contains(new Effect.RecreateSlot());
  }

  // Where a comparison begins.

  @Test
  void comparisonContinuesFromTheSavedPosition() {
    start(NOON);
    assertThat(state.started().readTo()).isEqualTo(NOON.minusMinutes(10));
    assertThat(state.started().topics().shapes()).containsEntry("orders", SHAPE);
  }

  @Test
  void firstComparisonBeginsTheConfiguredTimeBack() {
    saved = new Saved(null, null, null, Map.of());
    start(NOON);

    assertThat(state.started().readTo()).isEqualTo(NOON.minusHours(1));
  }

  @Test
  void comparisonGoesBackFiveDaysAtMost() {
    saved = new Saved(NOON.minusDays(30), null, null, Map.of());
    start(NOON);

    assertThat(state.started().readTo()).isEqualTo(NOON.minusDays(5));
  }

  @Test
  void savedPositionInTheFutureIsIgnored() {
    saved =
        new Saved(
            NOON.plusHours(1),
            null,
            null,
            Map.of("orders", new SeenTopic(SHAPE, SEEN.partitions(), NOON.plusHours(1))));
    start(NOON);

    assertThat(state.started().readTo()).isEqualTo(NOON.minusHours(1));
    observe(NOON, topics(SHAPE, 0, 5));
    assertThat(read(NOON, List.of()).handledTo()).isEmpty();
  }

  @Test
  void rowsWrittenAfterTheClockWasSetBackAreCompared() {
    start(NOON);
    OffsetDateTime back = NOON.minusHours(2);

    start(back);

    assertThat(state.started().readTo()).isEqualTo(back.minusHours(1));
  }

  @Test
  void missingSlotIsRecreatedThoughTheClockWasSetBack() {
    slot = slot(null, 0, null);
    start(NOON);
    OffsetDateTime back = NOON.minusHours(2);
    start(back);

    assertThat(start(back.plusSeconds(15))).contains(new Effect.RecreateSlot());
  }

  @Test
  void requestToCompareAgainIsJoinedOnce() {
    start(NOON);
    observe(NOON, topics(SHAPE, 0, 5));
    saved = new Saved(saved.comparedTo(), NOON.minusHours(2), NOON, Map.of("orders", SEEN));

    start(NOON);

    assertThat(state.started().readTo()).isEqualTo(NOON.minusHours(2));
    assertThat(state.started().position()).isEqualTo(new TopicPosition.Since(NOON.minusHours(2)));
    ReconcilerState joined = state;
    start(NOON);
    assertThat(state.started()).isEqualTo(joined.started());
  }

  // The topics.

  @Test
  void absentTopicIsReportedAndRecreatedAndEndsTheRound() {
    start(NOON);

    Decision decision = observe(NOON, new ObservedTopics(Map.of(), Map.of(), Map.of(), Map.of()));

    assertThat(decision.effects())
        .contains(
            report(Check.TOPICS, "orders is absent"),
            new Effect.RecreateTopics(Set.of("orders"), Map.of("orders", SHAPE)));
    assertThat(decision.pace()).isEqualTo(Pace.REGULAR);
  }

  @Test
  void recreatedTopicIsComparedAgainAndNotTwice() {
    start(NOON);
    TopicShape other = new TopicShape("b", 1, (short) 1);

    Decision decision = observe(NOON, topics(other, 0, 0));

    assertThat(decision.effects())
        .contains(report(Check.TOPICS, "orders was recreated"))
        .anySatisfy(effect -> assertThat(effect).isEqualTo(again(NOON.minusHours(1), other, 0)));
    assertThat(decision.pace()).isEqualTo(Pace.IMMEDIATE);
    assertThat(observe(NOON, topics(other, 0, 0)).effects()).isEmpty();
  }

  @Test
  void offsetsOfAFormerTopicAreForgottenIfAnotherReconcilerHasComparedAgain() {
    start(NOON);
    observe(NOON, topics(SHAPE, 0, 5));
    TopicPartition partition = new TopicPartition("orders", 0);
    state =
        state.with(
            state
                .started()
                .recordsRead(
                    new RecordsRead(UnseenRows.NONE, Map.of(partition, 5L), Map.of(), true)));
    observe(NOON, topics(new TopicShape("b", 1, (short) 1), 0, 0));

    // The request is completed before the next round: no repeated comparison is saved.
    start(NOON);

    assertThat(state.started().position()).isEqualTo(new TopicPosition.Since(NOON.minusHours(1)));
  }

  @Test
  void recordsLostAtTheEndAreComparedAgain() {
    start(NOON);

    assertThat(observe(NOON, topics(SHAPE, 0, 4)).effects())
        .contains(report(Check.TOPICS, "orders has lost records"))
        .contains(again(NOON.minusHours(1), SHAPE, 4));
  }

  @Test
  void recordsThatAreOldOrHandledMayBeDeleted() {
    OffsetDateTime handledTo = NOON.minusMinutes(10);
    saved =
        new Saved(
            NOON.minusMinutes(10),
            null,
            null,
            Map.of("orders", new SeenTopic(SHAPE, SEEN.partitions(), handledTo)));
    start(NOON);

    // The records left reach back to what is needed, though not an hour.
    Decision decision = observe(NOON, topics(SHAPE, 3, 5, new Reach(4L, 3L)));

    assertThat(decision.effects()).contains(report(Check.TOPICS, "orders has lost records"));
    assertThat(decision.pace()).as("round continues").isNull();
    assertThat(decision.effects()).noneMatch(effect -> effect instanceof Effect.CompareAgain);
  }

  @Test
  void deletedRecordsThatAreNeededAreComparedAgain() {
    start(NOON);

    assertThat(observe(NOON, topics(SHAPE, 3, 5, new Reach(3L, 3L))).effects())
        .contains(again(NOON.minusHours(1), SHAPE, 5, 3));
  }

  // The comparison.

  @Test
  void rowsAreReadInLongerAndLongerSteps() {
    start(NOON);
    RowsToRead first = read(NOON, List.of());
    RowsToRead second = read(NOON, List.of());
    assertThat(Duration.between(first.after(), first.upTo())).isEqualTo(Duration.ofSeconds(30));
    assertThat(second.after()).isEqualTo(first.upTo());
    assertThat(Duration.between(second.after(), second.upTo())).isEqualTo(Duration.ofMinutes(1));

    read(NOON, rows(2_000, second.upTo()));
    RowsToRead afterMany = read(NOON, List.of());
    assertThat(Duration.between(afterMany.after(), afterMany.upTo()))
        .isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void missingRowsArePublishedAgainInBatchesBeforeThePositionIsSaved() {
    start(NOON);
    List<Row> rows = rows(3_000, NOON.minusMinutes(10).plusSeconds(1));
    RowsToRead asked = read(NOON, rows);

    Decision compared = records(NOON, List.of(), true);
    assertThat(compared.effects())
        .containsExactly(new Effect.CheckPublishable(rows.subList(0, 2_000)));
    Decision next = republished(NOON, rows.subList(0, 2_000));
    assertThat(next.effects()).contains(new Effect.CheckPublishable(rows.subList(2_000, 3_000)));
    Decision last = republished(NOON, rows.subList(2_000, 3_000));

    assertThat(last.effects())
        .anySatisfy(effect -> assertThat(effect).isEqualTo(saves(asked.upTo())));
    assertThat(round(NOON).pace(state, 3_000)).isEqualTo(Pace.IMMEDIATE);
  }

  @Test
  void unpublishableRowsAreReportedAndNotPublished() {
    start(NOON);
    List<Row> rows = rows(2, NOON.minusMinutes(10).plusSeconds(1));
    read(NOON, rows);
    records(NOON, List.of(), true);

    Decision decision = round(NOON).checked(state, rows, Set.of(rows.get(0).id()), Map.of());

    assertThat(decision.effects())
        .contains(
            report(Check.UNPUBLISHABLE, rows.get(0).id().toString()),
            report(Check.ROWS, rows.get(1).id().toString()),
            new Effect.Republish(rows, List.of(rows.get(1))));
  }

  @Test
  void rowsWhoseCopiesDoNotArriveAreReportedAndCopiedLater() {
    start(NOON);
    List<Row> rows = rows(2, NOON.minusMinutes(10).plusSeconds(1));
    RowsToRead asked = read(NOON, rows);
    records(NOON, List.of(), true);
    OffsetDateTime soon = rows.get(0).createdAt().plusSeconds(59);

    Decision first =
        apply(
            round(soon)
                .checked(state, rows, Set.of(), Map.of(rows.get(0).id(), 3, rows.get(1).id(), 2)));
    assertThat(first.effects())
        .contains(new Effect.Republish(List.of(rows.get(1)), List.of(rows.get(1))));

    Decision postponed = republished(soon, List.of(rows.get(1)));
    assertThat(postponed.effects())
        .contains(report(Check.ROWS, rows.get(0).id().toString()))
        .noneMatch(Effect.CheckPublishable.class::isInstance)
        .noneMatch(effect -> effect.equals(saves(asked.upTo())));

    Decision due = apply(round(soon.plusSeconds(1)).nothingToSearch(state));
    assertThat(due.effects()).containsExactly(new Effect.CheckPublishable(rows.subList(0, 1)));
  }

  @Test
  void rowAheadOfTheConnectorIsNotMissing() {
    slot = slot("reserved", 99, null);
    assertNothingIsPublishedAgain();
  }

  @Test
  void withoutASlotNoRowIsMissing() {
    slot = slot(null, 0, null);
    assertNothingIsPublishedAgain();
    slot = slot("lost", 100, null);
    assertNothingIsPublishedAgain();
  }

  @Test
  void withoutAPublicationNoRowIsMissing() {
    published = false;
    assertNothingIsPublishedAgain();
  }

  private void assertNothingIsPublishedAgain() {
    state = ReconcilerState.INITIAL;
    start(NOON);
    Row row = rows(1, NOON.minusMinutes(10).plusSeconds(7)).get(0);
    read(NOON, List.of(row));

    // The awaited row is compared again after a restart.
    assertThat(records(NOON, List.of(), true).effects())
        .containsExactly(saves(row.createdAt().minusNanos(1_000)));
  }

  @Test
  void topicsThatAreNotReadToTheirEndsDecideNothing() {
    start(NOON);
    read(NOON, rows(1, NOON.minusMinutes(10).plusSeconds(1)));

    assertThat(records(NOON, List.of(), false).effects()).isEmpty();
    assertThat(round(NOON).nextRows(state)).isNull();
    assertThat(round(NOON).pace(state, 1)).isEqualTo(Pace.IMMEDIATE);
  }

  @Test
  void foundRowsSaveThePositionOnce() {
    start(NOON);
    List<Row> rows = rows(1, NOON.minusMinutes(10).plusSeconds(1));
    RowsToRead asked = read(NOON, rows);

    assertThat(records(NOON, rows, true).effects()).containsExactly(saves(asked.upTo()));
    Decision again = round(NOON).nothingToSearch(state);
    assertThat(again.effects()).isEmpty();
  }

  @Test
  void rowsWaitInTheTableWhileTooManyAreAwaited() {
    start(NOON);
    slot = slot("reserved", 0, null);
    read(NOON, rows(50_000, NOON.minusMinutes(10).plusSeconds(1)));
    records(NOON, List.of(), true);

    assertThat(round(NOON).nextRows(state)).isNull();
    assertThat(round(NOON).pace(state, 0)).isEqualTo(Pace.REGULAR);
  }

  @Test
  void failedRoundStartsFromTheSavedPosition() {
    start(NOON);
    read(NOON, rows(1, NOON.minusMinutes(10).plusSeconds(1)));
    state = state.failed();

    start(NOON);
    assertThat(state.started().readTo()).isEqualTo(NOON.minusMinutes(10));
    assertThat(state.started().unseen().size()).isZero();
  }

  // Steps.

  private Round round(OffsetDateTime now) {
    return new Round(
        CONFIG, new DatabaseState(now, now.minusSeconds(10), 100, slot, saved, published));
  }

  @CanIgnoreReturnValue
  private List<Effect> start(OffsetDateTime now) {
    return apply(round(now).start(state)).effects();
  }

  @CanIgnoreReturnValue
  private Decision observe(OffsetDateTime now, ObservedTopics observed) {
    return apply(round(now).topicsObserved(state, observed));
  }

  @CanIgnoreReturnValue
  private RowsToRead read(OffsetDateTime now, List<Row> rows) {
    RowsToRead asked = Objects.requireNonNull(round(now).nextRows(state));
    state = round(now).rowsRead(state, asked, rows);
    return asked;
  }

  @CanIgnoreReturnValue
  private Decision records(OffsetDateTime now, List<Row> found, boolean complete) {
    UnseenRows.Search search = state.started().unseen().search();
    found.forEach(row -> search.seen(row.id(), row.createdAt().toInstant().toEpochMilli()));
    return apply(
        round(now)
            .recordsRead(state, new RecordsRead(search.result(), Map.of(), Map.of(), complete)));
  }

  private Decision republished(OffsetDateTime now, List<Row> missing) {
    return apply(round(now).republished(state, missing, missing.stream().map(Row::id).toList()));
  }

  @CanIgnoreReturnValue
  private Decision apply(Decision decision) {
    state = decision.state();
    return decision;
  }

  // Values.

  private static Slot slot(
      @Nullable String walStatus, long confirmed, @Nullable SlotCounts counts) {
    return new Slot(walStatus, confirmed, counts, true);
  }

  private static ObservedTopics topics(TopicShape shape, long first, long end) {
    return new ObservedTopics(
        Map.of("orders", shape), Map.of(), Map.of(PARTITION, new Offsets(first, end)), Map.of());
  }

  private static ObservedTopics topics(TopicShape shape, long first, long end, Reach reach) {
    return new ObservedTopics(
        Map.of("orders", shape),
        Map.of(),
        Map.of(PARTITION, new Offsets(first, end)),
        Map.of(PARTITION, reach));
  }

  private static Effect report(Check check, String what) {
    return new Effect.Report(check, List.of(what));
  }

  private static Effect again(OffsetDateTime from, TopicShape shape, long end) {
    return again(from, shape, end, 0);
  }

  private static Effect again(OffsetDateTime from, TopicShape shape, long end, long first) {
    return new Effect.CompareAgain(
        from,
        NOON,
        Map.of("orders", new SeenTopic(shape, List.of(new SeenPartition(first, end, null)), null)));
  }

  private static Effect saves(OffsetDateTime comparedTo) {
    return new Effect.SaveProgress(comparedTo, Map.of("orders", SEEN), null);
  }

  private static List<Row> rows(int number, OffsetDateTime createdAt) {
    return Stream.iterate(0, n -> n + 1)
        .limit(number)
        .map(n -> new Row(new UUID(7, n), createdAt))
        .toList();
  }
}
