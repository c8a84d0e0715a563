package dev.converge.system;

import dev.converge.console.view.Objective;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;

/**
 * Prometheus' rules for objectives: the part that was bad in each window, and an alert for each
 * pair of windows in which the budget of 30 days burns too fast.
 */
final class PrometheusRules {
  /** The windows of the recorded ratios. */
  private static final List<String> WINDOWS = List.of("5m", "30m", "1h", "6h", "3d");

  /**
   * An alert.
   *
   * @param factor how much faster than allowed the budget burns
   * @param slow long enough to mean something
   * @param fast short, so that the alert ends soon after its cause
   */
  private record Burn(double factor, String slow, String fast, String severity) {}

  // 2 % of the budget in an hour, 5 % in six hours, 10 % in three days.
  private static final List<Burn> BURNS =
      List.of(
          new Burn(14.4, "1h", "5m", "page"),
          new Burn(6, "6h", "30m", "page"),
          new Burn(1, "3d", "6h", "ticket"));

  private PrometheusRules() {}

  /** The file. */
  static String of(List<Objective> objectives) {
    StringBuilder rules = new StringBuilder();
    rules.append("# Made from ../slo.json by ObjectivesTest, with -Dconverge.write=true.\n");
    rules.append("groups:\n");
    for (Objective objective : objectives) {
      rules.append("  - name: ").append(objective.id()).append('\n');
      rules.append("    rules:\n");
      rules.append(budget(objective));
      WINDOWS.forEach(window -> rules.append(ratio(objective, window)));
      BURNS.forEach(burn -> rules.append(alert(objective, burn)));
    }
    return rules.toString();
  }

  // For dashboards: a burn is the part that was bad by the part that may be.
  private static String budget(Objective objective) {
    return """
              - record: slo:budget:ratio
                labels:
                  slo: %s
                expr: 'vector(%s)'
        """
        .formatted(objective.id(), decimal(objective.budget()));
  }

  private static String decimal(double value) {
    return BigDecimal.valueOf(value).round(new MathContext(4)).stripTrailingZeros().toPlainString();
  }

  private static String ratio(Objective objective, String window) {
    return """
              - record: slo:errors:ratio%s
                labels:
                  slo: %s
                expr: '%s'
        """
        .formatted(window, objective.id(), objective.errorsIn(window));
  }

  private static String alert(Objective objective, Burn burn) {
    String limit = decimal(burn.factor() * objective.budget());
    return """
              - alert: BudgetBurns
                expr: 'slo:errors:ratio%s{slo="%s"} > %s and slo:errors:ratio%s{slo="%s"} > %s'
                labels:
                  slo: %s
                  severity: %s
                  window: %s
                annotations:
                  summary: '%s (objective: %s) The budget of 30 days burns %s times too fast for %s.'
        """
        .formatted(
            burn.slow(),
            objective.id(),
            limit,
            burn.fast(),
            objective.id(),
            limit,
            objective.id(),
            burn.severity(),
            burn.slow(),
            objective.promise(),
            percent(objective.target()),
            BigDecimal.valueOf(burn.factor()).stripTrailingZeros().toPlainString(),
            burn.slow());
  }

  private static String percent(double part) {
    return BigDecimal.valueOf(part).movePointRight(2).stripTrailingZeros().toPlainString() + " %";
  }
}
