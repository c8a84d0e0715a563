package dev.converge.console.view;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An action on many stuck sagas. Its set is frozen when it begins; the first ones are judged before
 * the others follow, at a rate. The outcome of an item is the state of its saga some seconds after
 * the action, not that the action was accepted. Pure: each change returns another job.
 *
 * @param action such as {@code retry}
 * @param sendFrom when the next item may be sent
 * @param why the reason why it was halted
 */
public record Job(
    int id,
    String action,
    String operator,
    String reason,
    Pace pace,
    State state,
    List<Item> items,
    Instant sendFrom,
    @Nullable String why) {
  /** The most sagas of a job. */
  public static final int MOST_ITEMS = 1_000;

  private static final int SHOWN_ITEMS = 50;

  public Job {
    items = List.copyOf(items);
  }

  /**
   * How a job goes on.
   *
   * @param canary how many are judged before the others follow
   * @param stopAfter how many may fail
   * @param judgeAfterSeconds from an action to the judgement of its outcome
   */
  public record Pace(int canary, int perSecond, int stopAfter, int judgeAfterSeconds) {}

  /** The state of a job. */
  public enum State {
    RUNNING,
    PAUSED,
    /** Ended by a person. */
    STOPPED,
    /** Ended by its own rules. */
    HALTED,
    DONE;

    boolean isFinal() {
      return this == STOPPED || this == HALTED || this == DONE;
    }
  }

  /** The outcome of an item. */
  public enum Outcome {
    WAITING,
    SENT,
    LEFT_STUCK,
    STUCK_AGAIN,
    /** The service refused the action: the saga was not stuck any more. */
    REFUSED,
    /** The service did not answer, or not in a way that shows the outcome. */
    UNKNOWN;

    boolean isSettled() {
      return this != WAITING && this != SENT;
    }

    boolean isFailure() {
      return this == STUCK_AGAIN || this == UNKNOWN;
    }
  }

  /** A saga of the set. */
  public record Item(
      String orderId, Outcome outcome, @Nullable Instant sentAt, @Nullable String detail) {}

  /** A job that begins now. */
  public static Job begun(
      int id,
      String action,
      String operator,
      String reason,
      Pace pace,
      List<String> orderIds,
      Instant now) {
    return new Job(
        id,
        action,
        operator,
        reason + " (job " + id + ")",
        pace,
        State.RUNNING,
        orderIds.stream()
            .distinct()
            .map(order -> new Item(order, Outcome.WAITING, null, null))
            .toList(),
        now,
        null);
  }

  /** The saga to act on now, if one is due. */
  public Optional<String> due(Instant now) {
    if (state != State.RUNNING || now.isBefore(sendFrom)) {
      return Optional.empty();
    }
    long sent = items.stream().filter(item -> item.outcome() != Outcome.WAITING).count();
    boolean awaitsCanary =
        sent >= pace.canary()
            && items.stream().limit(pace.canary()).anyMatch(item -> !item.outcome().isSettled());
    return awaitsCanary
        ? Optional.empty()
        : items.stream()
            .filter(item -> item.outcome() == Outcome.WAITING)
            .map(Item::orderId)
            .findFirst();
  }

  /** The sagas whose outcome can be judged now. */
  public List<String> toJudge(Instant now) {
    return items.stream()
        .filter(item -> item.outcome() == Outcome.SENT)
        .filter(
            item ->
                item.sentAt() != null
                    && !now.isBefore(item.sentAt().plusSeconds(pace.judgeAfterSeconds())))
        .map(Item::orderId)
        .toList();
  }

  /** After the action on a saga was sent. */
  public Job sent(String orderId, Instant now) {
    Job changed = with(orderId, item -> new Item(orderId, Outcome.SENT, now, null));
    return changed.with(state, now.plusMillis(1_000L / pace.perSecond()), why);
  }

  /** After the outcome of an action is known. */
  public Job settled(String orderId, Outcome outcome, @Nullable String detail) {
    return with(orderId, item -> new Item(orderId, outcome, item.sentAt(), detail)).judged();
  }

  private Job judged() {
    if (state.isFinal()) {
      return this;
    }
    if (items.stream().limit(pace.canary()).anyMatch(item -> item.outcome().isFailure())) {
      return with(State.HALTED, sendFrom, "one of the first " + pace.canary() + " failed");
    }
    long failed = items.stream().filter(item -> item.outcome().isFailure()).count();
    if (failed >= pace.stopAfter()) {
      return with(State.HALTED, sendFrom, failed + " failed");
    }
    return items.stream().allMatch(item -> item.outcome().isSettled())
        ? with(State.DONE, sendFrom, null)
        : this;
  }

  /** Paused: no further item is sent. */
  public Job paused() {
    return state == State.RUNNING ? with(State.PAUSED, sendFrom, null) : this;
  }

  /** Goes on after a pause. */
  public Job resumed() {
    return state == State.PAUSED ? with(State.RUNNING, sendFrom, null) : this;
  }

  /** Ended by a person: what was sent is judged, and no further item is sent. */
  public Job stopped() {
    return state.isFinal() ? this : with(State.STOPPED, sendFrom, null);
  }

  /** Whether nothing can change any more. */
  public boolean isOver() {
    return state.isFinal() && items.stream().noneMatch(item -> item.outcome() == Outcome.SENT);
  }

  private Job with(State next, Instant from, @Nullable String because) {
    return new Job(id, action, operator, reason, pace, next, items, from, because);
  }

  private Job with(String orderId, UnaryOperator<Item> change) {
    List<Item> changed = new ArrayList<>(items);
    changed.replaceAll(item -> item.orderId().equals(orderId) ? change.apply(item) : item);
    return new Job(id, action, operator, reason, pace, state, changed, sendFrom, why);
  }

  /** As the page is shown it. */
  public JsonObject json() {
    Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
    items.forEach(item -> counts.merge(item.outcome(), 1, Integer::sum));
    JsonObject outcomes = new JsonObject();
    counts.forEach((outcome, count) -> outcomes.put(name(outcome.name()), count));
    JsonArray shown = new JsonArray();
    items.stream()
        .filter(item -> item.outcome().isFailure() || item.outcome() == Outcome.REFUSED)
        .limit(SHOWN_ITEMS)
        .forEach(item -> shown.add(json(item)));
    JsonObject json =
        new JsonObject()
            .put("id", id)
            .put("action", action)
            .put("operator", operator)
            .put("reason", reason)
            .put("total", items.size())
            .put("state", name(state.name()))
            .put("perSecond", pace.perSecond())
            .put("outcomes", outcomes)
            .put("items", shown);
    return why == null ? json : json.put("why", why);
  }

  private static JsonObject json(Item item) {
    JsonObject json =
        new JsonObject().put("orderId", item.orderId()).put("outcome", name(item.outcome().name()));
    return item.detail() == null ? json : json.put("detail", item.detail());
  }

  private static String name(String constant) {
    return constant.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
