package dev.converge.outbox.reconciler;

import static dev.converge.outbox.reconciler.Moments.earliest;

import dev.converge.outbox.reconciler.KnownTopics.Changes;
import dev.converge.outbox.reconciler.ObservedTopics.Needed;
import dev.converge.outbox.reconciler.UnseenRows.Row;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Decides what one round of the reconciler does. Pure: each step takes the state and what was just
 * observed, and returns the next state and the effects to execute.
 *
 * <p>The steps, in this order: {@link #start} after the database was observed, {@link
 * #topicsObserved}, {@link #rowsRead} if {@link #nextRows} asks for rows, {@link #recordsRead} or
 * {@link #nothingToSearch}, then {@link #checked} and {@link #republished} for each batch of
 * missing rows.
 *
 * <p>The states of the comparison, and what leads from one to another:
 *
 * <pre>
 * state              observation                          next state               effects
 * -----------------  -----------------------------------  -----------------------  -----------------
 * none               database                             behind: saved position
 * any                database: comparing again requested  behind: first row of it
 * any                topics: some are absent              the same; round ends     RecreateTopics
 * any                topics: needed records are gone      behind; round ends       CompareAgain
 * behind, caught up  rows                                 the same; awaits rows
 * any                records, not up to the ends          midway: reads no rows
 * any                records up to the ends, or all rows  caught up                CheckPublishable,
 *                                                                                  or SaveProgress
 * caught up          which rows can be published          the same                 Republish
 * caught up          which rows were copied               the same; awaits fewer   CheckPublishable,
 *                                                                                  or SaveProgress
 * any                a failure                            none
 * </pre>
 *
 * <p>Behind is a position {@code Since} a moment; midway and caught up are positions {@code At}
 * offsets. The slot does not depend on this, see {@link SlotState}.
 */
final class Round {
  /** When the next round begins. */
  enum Pace {
    /** More rows or records can be read now. */
    IMMEDIATE,
    /** Many rows were read: more will follow soon. */
    SOON,
    REGULAR
  }

  /**
   * A step's result.
   *
   * @param pace when the next round begins, if this one ends here; null if it continues
   */
  record Decision(ReconcilerState state, List<Effect> effects, @Nullable Pace pace) {
    Decision {
      effects = List.copyOf(effects);
    }
  }

  /**
   * The rows to read.
   *
   * @param handledTo by topic: rows up to then are handled, and are not read
   */
  record RowsToRead(
      OffsetDateTime after, OffsetDateTime upTo, Map<String, OffsetDateTime> handledTo, int most) {}

  // Older rows are about to leave the outbox, the topics and the inboxes; these keep them for days.
  private static final Duration FURTHEST_BACK = Duration.ofDays(5);

  private static final int ROWS_PER_READ = 20_000;
  private static final int MANY_ROWS = 2_000;
  private static final int MOST_UNSEEN = 50_000;
  private static final int COPIES_PER_TRANSACTION = 2_000;

  private final OutboxReconciler.Config config;
  private final DatabaseState db;

  /**
   * @param db the database as observed at the beginning of the round
   */
  Round(OutboxReconciler.Config config, DatabaseState db) {
    this.config = config;
    this.db = db;
  }

  /** The database was observed. */
  Decision start(ReconcilerState state) {
    return continuing(
        new ReconcilerState(state.slot().observe(db), comparison(state.comparison())),
        state.slot().effects(db, config.slot(), config.every()));
  }

  private Comparison comparison(@Nullable Comparison current) {
    DatabaseState.Saved saved = db.saved();
    if (current == null || isInFuture(current.readTo())) {
      OffsetDateTime comparedTo = saved.comparedTo();
      OffsetDateTime known =
          comparedTo == null || isInFuture(comparedTo) ? db.now().minus(config.back()) : comparedTo;
      OffsetDateTime from = earliest(known, saved.repeatFrom());
      return Comparison.from(
          notTooFarBack(from), KnownTopics.of(saved.topics(), config.topics()), saved.repeatTo());
    }
    if (saved.repeatTo() == null || saved.repeatTo().equals(current.repeatTo())) {
      return current;
    }
    // This reconciler or another one has found that records are gone.
    OffsetDateTime from = earliest(current.readTo(), saved.repeatFrom(), current.beforeOldest());
    return Comparison.from(notTooFarBack(from), current.topics(), saved.repeatTo());
  }

  // The clock was set back, or the position was changed by hand. Rows that are written now would be
  // before it, and not compared.
  private boolean isInFuture(OffsetDateTime position) {
    return position.isAfter(db.now());
  }

  private Map<String, OffsetDateTime> handledTo(Comparison comparison) {
    Map<String, OffsetDateTime> handledTo = new TreeMap<>(comparison.topics().handledTo());
    handledTo.values().removeIf(this::isInFuture);
    return handledTo;
  }

  private OffsetDateTime notTooFarBack(OffsetDateTime moment) {
    return Moments.latest(moment, db.now().minus(FURTHEST_BACK));
  }

  /**
   * The records that are needed: of rows that may not have been handled, and of rows that are
   * compared next. If no group reads a topic, those of the configured time back.
   */
  Needed needed(ReconcilerState state) {
    Comparison comparison = state.started();
    Map<String, OffsetDateTime> handledTo = handledTo(comparison);
    OffsetDateTime recent = db.now().minus(config.back());
    Map<String, OffsetDateTime> since = new TreeMap<>();
    for (String topic : config.topics()) {
      OffsetDateTime unhandled = notTooFarBack(handledTo.getOrDefault(topic, recent));
      since.put(topic, earliest(unhandled, comparison.comparedTo()));
    }
    return new Needed(recent, since);
  }

  /** The topics were observed. */
  Decision topicsObserved(ReconcilerState state, ObservedTopics observed) {
    Comparison comparison = state.started();
    Needed needed = needed(state);
    Changes changes = comparison.topics().observe(config.topics(), observed, needed);
    List<Effect> effects = new ArrayList<>(reports(changes));
    KnownTopics now = changes.topics();
    if (!changes.absent().isEmpty()) {
      // The connector waits for an absent topic. Once it exists, its earlier records are missing.
      effects.add(new Effect.RecreateTopics(changes.absent(), now.shapes()));
      return ending(state.with(comparison.withTopics(now)), effects, Pace.REGULAR);
    }
    if (now.cut().isEmpty()) {
      return continuing(state.with(comparison.withTopics(now)), effects);
    }
    OffsetDateTime from = comparison.comparedTo();
    for (String topic : new TreeSet<>(now.cut())) {
      from = earliest(from, needed.since(topic));
    }
    effects.add(
        log(
            Level.WARN,
            "records of "
                + String.join(", ", new TreeSet<>(now.cut()))
                + " are gone: comparing rows again from "
                + from));
    effects.add(new Effect.CompareAgain(from, db.now(), now.saved()));
    // Begins again even if another reconciler completes the request before the next round: the
    // offsets and the unseen rows belong to topics that have changed.
    Comparison again =
        Comparison.from(notTooFarBack(from), now.comparedAgain(), comparison.repeatTo());
    return ending(state.with(again), effects, Pace.IMMEDIATE);
  }

  private static List<Effect> reports(Changes changes) {
    List<String> cases = new ArrayList<>();
    new TreeSet<>(changes.absent()).forEach(topic -> cases.add(topic + " is absent"));
    new TreeSet<>(changes.recreated()).forEach(topic -> cases.add(topic + " was recreated"));
    new TreeSet<>(changes.shortened()).forEach(topic -> cases.add(topic + " has lost records"));
    return cases.isEmpty()
        ? List.of()
        : List.of(
            log(Level.ERROR, String.join(", ", cases)), new Effect.Report(Check.TOPICS, cases));
  }

  /** The rows to read next; null if none can be read now. */
  @Nullable RowsToRead nextRows(ReconcilerState state) {
    Comparison comparison = state.started();
    // While the connector is unavailable, rows wait in the table, not in memory.
    if (comparison.position().isMidway()
        || isFull(comparison)
        || !db.completeTo().isAfter(comparison.readTo())) {
      return null;
    }
    return new RowsToRead(
        comparison.readTo(),
        earliest(comparison.readTo().plus(comparison.step()), db.completeTo()),
        handledTo(comparison),
        ROWS_PER_READ);
  }

  private static boolean isFull(Comparison comparison) {
    return comparison.unseen().size() >= MOST_UNSEEN;
  }

  /** Rows were read. */
  ReconcilerState rowsRead(ReconcilerState state, RowsToRead asked, List<Row> rows) {
    OffsetDateTime upTo =
        rows.size() >= asked.most() ? rows.get(rows.size() - 1).createdAt() : asked.upTo();
    return state.with(state.started().rowsRead(rows, upTo, isMany(rows.size()), db.written()));
  }

  private static boolean isMany(int rows) {
    return rows >= MANY_ROWS;
  }

  /** The topics need not be read: no row is awaited. */
  Decision nothingToSearch(ReconcilerState state) {
    return compared(state.with(state.started().nothingToSearch()));
  }

  /** The topics were read. */
  Decision recordsRead(ReconcilerState state, RecordsRead records) {
    return compared(state.with(state.started().recordsRead(records)));
  }

  /** Rows were compared: continues with the first missing ones, or saves the position. */
  private Decision compared(ReconcilerState state) {
    Comparison comparison = state.started();
    if (comparison.position().isMidway()) {
      return continuing(state, List.of());
    }
    List<Row> missing = missing(comparison);
    if (!missing.isEmpty()) {
      return continuing(state, List.of(new Effect.CheckPublishable(missing)));
    }
    List<Effect> effects = new ArrayList<>(postponed(comparison));
    OffsetDateTime comparedTo = comparison.comparedTo();
    if (comparedTo.equals(comparison.saved())) {
      return continuing(state, effects);
    }
    Comparison saving = comparison.saving();
    // In one statement: who finds the ids of these topics finds their rows compared.
    effects.add(new Effect.SaveProgress(comparedTo, saving.topics().saved(), saving.repeatTo()));
    return continuing(state.with(saving), effects);
  }

  /** Reports the rows that are missing and are copied later. */
  private List<Effect> postponed(Comparison comparison) {
    List<UUID> ids = comparison.unseen().postponed(db.now());
    return ids.isEmpty() ? List.of() : List.of(new Effect.Report(Check.ROWS, examples(ids)));
  }

  // Without a slot nothing is confirmed: rows wait until it is known where a new one begins.
  // Without a publication their copies would be missing, too.
  private List<Row> missing(Comparison comparison) {
    return db.slot().isLost() || !db.published()
        ? List.of()
        : comparison.unseen().missing(db.slot().confirmed(), db.now(), COPIES_PER_TRANSACTION);
  }

  /**
   * It was checked which missing rows cannot be published, and how often each message was copied.
   * Unpublishable rows are reported once; rows whose copies do not arrive are postponed.
   *
   * @param copies by id, how often the messages were copied; absent if never
   */
  Decision checked(
      ReconcilerState state,
      List<Row> missing,
      Set<UUID> unpublishable,
      Map<UUID, Integer> copies) {
    Map<UUID, OffsetDateTime> postponed = CopyBackoff.postponed(missing, copies, db.now());
    ReconcilerState next = state.with(state.started().postpone(postponed));
    List<Row> due = missing.stream().filter(row -> !postponed.containsKey(row.id())).toList();
    return due.isEmpty() ? compared(next) : publishing(next, due, unpublishable);
  }

  private static Decision publishing(
      ReconcilerState state, List<Row> missing, Set<UUID> unpublishable) {
    List<Effect> effects = new ArrayList<>();
    List<Row> publishable =
        missing.stream().filter(row -> !unpublishable.contains(row.id())).toList();
    if (!unpublishable.isEmpty()) {
      List<String> ids = examples(List.copyOf(unpublishable));
      effects.add(
          log(
              Level.ERROR,
              unpublishable.size() + " rows of the outbox cannot be published, such as " + ids));
      effects.add(new Effect.Report(Check.UNPUBLISHABLE, ids));
    }
    if (!publishable.isEmpty()) {
      effects.add(
          new Effect.Report(Check.ROWS, examples(publishable.stream().map(Row::id).toList())));
    }
    effects.add(new Effect.Republish(missing, publishable));
    return continuing(state, effects);
  }

  private static List<String> examples(List<UUID> ids) {
    return ids.stream().map(UUID::toString).limit(Findings.EXAMPLES).toList();
  }

  /** Missing rows were published again; those that had been before were not copied. */
  Decision republished(ReconcilerState state, List<Row> missing, List<UUID> copied) {
    Decision next =
        compared(state.with(state.started().republished(missing, copied, db.completeTo())));
    List<Effect> effects = new ArrayList<>();
    effects.add(
        log(
            Level.ERROR,
            "%d rows of the outbox were missing from their topics, such as %s; %d are published again"
                .formatted(missing.size(), missing.get(0).id(), copied.size())));
    effects.addAll(next.effects());
    return continuing(next.state(), effects);
  }

  /**
   * When the next round begins.
   *
   * @param rowsRead how many rows this one has read
   */
  Pace pace(ReconcilerState state, int rowsRead) {
    Comparison comparison = state.started();
    boolean moreRows = comparison.readTo().isBefore(db.completeTo()) && !isFull(comparison);
    if (comparison.position().isMidway() || moreRows) {
      return Pace.IMMEDIATE;
    }
    return isMany(rowsRead) ? Pace.SOON : Pace.REGULAR;
  }

  /** How old the youngest row may be up to which all were compared. */
  Duration lag(ReconcilerState state) {
    return Duration.between(state.started().comparedTo(), db.now());
  }

  private static Decision continuing(ReconcilerState state, List<Effect> effects) {
    return new Decision(state, effects, null);
  }

  private static Decision ending(ReconcilerState state, List<Effect> effects, Pace pace) {
    return new Decision(state, effects, pace);
  }

  private static Effect log(Level level, String message) {
    return new Effect.Log(level, message);
  }
}
