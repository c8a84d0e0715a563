package dev.converge.console.view;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * How an objective was kept, for six hours at most, in slots of fifteen seconds; and the last
 * quarter of an hour as a plot: what was counted, or how long it took, with traces.
 */
public final class ObjectiveHistory {
  static final Duration SLOT = Duration.ofSeconds(15);

  /** Of the plot. */
  static final int COLUMNS = 60;

  /** Faster than this, in a short and in a long window, the budget of 30 days is soon used up. */
  static final double FAST = 14.4;

  static final int MOST_EXEMPLARS = 24;

  /** The windows of the burn, and the last one of the budget. */
  static final List<Window> WINDOWS =
      List.of(
          new Window("5m", Duration.ofMinutes(5)),
          new Window("1h", Duration.ofHours(1)),
          new Window("6h", Duration.ofHours(6)));

  private static final int SLOTS = (int) Duration.ofHours(6).dividedBy(SLOT);

  private final Objective objective;
  private final long[] slots = new long[SLOTS];
  private final double[] bad = new double[SLOTS];
  private final double[] all = new double[SLOTS];
  // Of the plot's slots: how many took longer than the limit below, and not longer than this one.
  private final NavigableMap<Long, NavigableMap<Double, Double>> heat = new TreeMap<>();
  private final Set<Exemplar> exemplars = new LinkedHashSet<>();

  /** A window, as Prometheus names it. */
  public record Window(String name, Duration length) {}

  public ObjectiveHistory(Objective objective) {
    this.objective = objective;
  }

  /** Adds what was observed. */
  public void add(Observation seen) {
    long slot = slot(seen.at());
    Tally tally = objective.indicator().of(seen);
    int at = (int) (slot % SLOTS);
    if (slots[at] != slot) {
      slots[at] = slot;
      bad[at] = 0;
      all[at] = 0;
    }
    bad[at] += tally.bad();
    all[at] += tally.all();
    if (objective.indicator() instanceof Indicator.Timed timed) {
      addTimes(slot, timed.histogram(), seen);
    }
  }

  private static long slot(Instant at) {
    return at.toEpochMilli() / SLOT.toMillis();
  }

  private void addTimes(long slot, Selector histogram, Observation seen) {
    NavigableMap<Double, Double> column = heat.computeIfAbsent(slot, first -> new TreeMap<>());
    Selector buckets = histogram.suffixed("_bucket");
    for (Growth process : seen.processes()) {
      double below = 0;
      for (Map.Entry<Double, Double> bucket : process.buckets(histogram).entrySet()) {
        double own = bucket.getValue() - below;
        below = bucket.getValue();
        if (own > 0) {
          column.merge(bucket.getKey(), own, Double::sum);
        }
      }
      process.now().samples().stream()
          .filter(buckets::matches)
          .flatMap(sample -> sample.exemplar().stream())
          .forEach(this::keep);
    }
    heat.headMap(slot - COLUMNS, true).clear();
  }

  // The oldest leave. One that is scraped again is the same.
  private void keep(Exemplar exemplar) {
    exemplars.add(exemplar);
    if (exemplars.size() > MOST_EXEMPLARS) {
      Iterator<Exemplar> oldest = exemplars.iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /** The counts of the time before a moment. */
  public Tally over(Duration window, Instant now) {
    long last = slot(now);
    long first = last - window.dividedBy(SLOT);
    double badInAll = 0;
    double allInAll = 0;
    for (int at = 0; at < SLOTS; at++) {
      if (slots[at] > first && slots[at] <= last) {
        badInAll += bad[at];
        allInAll += all[at];
      }
    }
    return new Tally(badInAll, allInAll);
  }

  /** How much of the budget of the longest window is left: 1 is all of it, below 0 it is spent. */
  OptionalDouble budgetLeft(Instant now) {
    OptionalDouble burnt = over(longest().length(), now).burn(objective.budget());
    return burnt.isPresent() ? OptionalDouble.of(1 - burnt.getAsDouble()) : burnt;
  }

  private static Window longest() {
    return WINDOWS.get(WINDOWS.size() - 1);
  }

  private String state(Instant now) {
    OptionalDouble left = budgetLeft(now);
    if (left.isEmpty()) {
      return "no-data";
    }
    if (left.getAsDouble() < 0) {
      return "spent";
    }
    return burnsFast(WINDOWS.get(0), now) && burnsFast(WINDOWS.get(1), now) ? "burns" : "kept";
  }

  private boolean burnsFast(Window window, Instant now) {
    return over(window.length(), now).burn(objective.budget()).orElse(0) >= FAST;
  }

  /** For the stream: state, budget, burn, and counts. */
  public JsonObject summary(Instant now) {
    JsonObject burn = new JsonObject();
    for (Window window : WINDOWS) {
      put(burn, window.name(), over(window.length(), now).burn(objective.budget()));
    }
    Tally counted = over(longest().length(), now);
    JsonObject json =
        new JsonObject()
            .put("id", objective.id())
            .put("state", state(now))
            .put("burn", burn)
            .put("bad", Math.round(counted.bad()))
            .put("all", Math.round(counted.all()));
    put(json, "budgetLeft", budgetLeft(now));
    return json;
  }

  private static void put(JsonObject json, String name, OptionalDouble value) {
    if (value.isPresent()) {
      json.put(name, Math.round(10_000 * value.getAsDouble()) / 10_000.0);
    }
  }

  /**
   * With the promise and the plot.
   *
   * @param link the address of a trace; empty for none
   */
  public JsonObject json(Instant now, UnaryOperator<String> link) {
    JsonArray windows = new JsonArray();
    for (Window window : WINDOWS) {
      Tally tally = over(window.length(), now);
      JsonObject json =
          new JsonObject()
              .put("window", window.name())
              .put("bad", Math.round(tally.bad()))
              .put("all", Math.round(tally.all()));
      put(json, "errors", tally.errors());
      put(json, "burn", tally.burn(objective.budget()));
      windows.add(json);
    }
    return summary(now)
        .put("promise", objective.promise())
        .put("target", objective.target())
        .put("unit", objective.unit())
        .put("promql", objective.errorsIn(WINDOWS.get(0).name()))
        .put("windows", windows)
        .put("plot", plot(now, link));
  }

  private JsonObject plot(Instant now, UnaryOperator<String> link) {
    long first = slot(now) - COLUMNS + 1;
    JsonArray counts = new JsonArray();
    for (int column = 0; column < COLUMNS; column++) {
      int at = (int) ((first + column) % SLOTS);
      if (slots[at] == first + column && all[at] > 0) {
        counts.add(new JsonArray().add(column).add(Math.round(bad[at])).add(Math.round(all[at])));
      }
    }
    JsonObject plot =
        new JsonObject()
            .put("from", Instant.ofEpochMilli(first * SLOT.toMillis()).toString())
            .put("columnSeconds", SLOT.toSeconds())
            .put("columns", COLUMNS)
            .put("counts", counts);
    return objective.indicator() instanceof Indicator.Timed timed
        ? plot.put("times", times(first, timed.seconds(), link))
        : plot;
  }

  private JsonObject times(long first, double limit, UnaryOperator<String> link) {
    TreeSet<Double> limits = new TreeSet<>();
    limits.add(limit);
    heat.values().forEach(column -> limits.addAll(column.keySet()));
    List<Double> finite = limits.stream().filter(Double::isFinite).toList();
    JsonArray cells = new JsonArray();
    heat.tailMap(first)
        .forEach(
            (slot, column) ->
                column.forEach(
                    (upTo, n) ->
                        cells.add(
                            new JsonArray()
                                .add(slot - first)
                                .add(Double.isFinite(upTo) ? finite.indexOf(upTo) : finite.size())
                                .add(Math.round(n)))));
    JsonArray traces = new JsonArray();
    Instant since = Instant.ofEpochMilli(first * SLOT.toMillis());
    exemplars.stream()
        .filter(exemplar -> !exemplar.at().isBefore(since))
        .forEach(exemplar -> traces.add(trace(exemplar, link)));
    return new JsonObject()
        .put("limit", limit)
        .put("limits", new JsonArray(finite))
        .put("cells", cells)
        .put("traces", traces);
  }

  private static JsonObject trace(Exemplar exemplar, UnaryOperator<String> link) {
    JsonObject json =
        new JsonObject()
            .put("traceId", exemplar.traceId())
            .put("seconds", exemplar.value())
            .put("at", exemplar.at().toString());
    String address = link.apply(exemplar.traceId());
    return address.isEmpty() ? json : json.put("link", address);
  }
}
