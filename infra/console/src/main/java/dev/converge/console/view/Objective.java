package dev.converge.console.view;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * A service level objective of {@code infra/observability/slo.json}.
 *
 * @param target the part that must be good, such as 0.999
 * @param promise what is promised
 * @param unit what is counted, such as requests
 */
public record Objective(
    String id, double target, String promise, String unit, Indicator indicator) {

  /** All of the file. */
  public static List<Objective> parse(String file) {
    List<Objective> all = new ArrayList<>();
    for (Object objective : new JsonObject(file).getJsonArray("objectives")) {
      all.add(of((JsonObject) objective));
    }
    return all;
  }

  private static Objective of(JsonObject json) {
    return new Objective(
        json.getString("id"),
        json.getDouble("objective"),
        json.getString("promise"),
        json.getString("unit"),
        indicator(json));
  }

  private static Indicator indicator(JsonObject json) {
    if (json.containsKey("histogram")) {
      return new Indicator.Timed(
          Selector.parse(json.getString("histogram")), json.getDouble("seconds"));
    }
    if (json.containsKey("zero")) {
      JsonArray gauges = json.getJsonArray("zero");
      return new Indicator.Zero(
          gauges.stream().map(gauge -> Selector.parse(String.valueOf(gauge))).toList());
    }
    return new Indicator.Counted(
        Selector.parse(json.getString("bad")), Selector.parse(json.getString("all")));
  }

  /** The part that may be bad. */
  public double budget() {
    return 1 - target;
  }

  /** PromQL: the part that was bad in a window. */
  public String errorsIn(String window) {
    return indicator.errorsIn(window);
  }
}
