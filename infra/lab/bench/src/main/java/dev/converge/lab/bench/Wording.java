package dev.converge.lab.bench;

import dev.converge.lab.bench.BaselineRatios.Cost;
import dev.converge.lab.bench.BenchReport.Machine;
import dev.converge.lab.load.Latencies;
import dev.converge.lab.report.Figures;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Figures in words, shared by the text and the page. Unknown figures are left out. */
final class Wording {
  private Wording() {}

  static String machine(Machine machine) {
    return String.format(
        Locale.ROOT,
        "%d cores, %,d MiB, %s, Java %s",
        machine.cores(),
        machine.memoryMiB(),
        machine.os(),
        machine.java());
  }

  /** How a step went; a closed loop cannot fall behind, nor can many steps together. */
  static String verdict(StepReport step) {
    if (step.course().backlog().isEmpty()) {
      return "";
    }
    if (step.clients() > 0) {
      return "closed";
    }
    return step.course().steady() ? "steady" : "behind";
  }

  /** The cost of the load generator. */
  static String generator(StepReport step, BaselineRatios ratios) {
    return "load generator, of orders accepted: "
        + Figures.of(step.costs().generatorCpuMillis(), 2)
        + over(ratios.costs().generatorCpu(), 2, "");
  }

  /** Figures by part, each with its share of the whole's ratio, if known. */
  static String parts(Map<String, ? extends Number> values, Cost ratios) {
    return parts(values, ratios.parts());
  }

  static String parts(Map<String, ? extends Number> values, Map<String, Double> ratios) {
    return values.isEmpty()
        ? Figures.NONE
        : values.entrySet().stream()
            .map(
                entry ->
                    entry.getKey()
                        + " "
                        + part(entry.getValue())
                        + over(ratios.get(entry.getKey()), 2, ""))
            .collect(Collectors.joining(", "));
  }

  private static String part(Number value) {
    return value instanceof Long whole
        ? Long.toString(whole)
        : Figures.rounded(value.doubleValue());
  }

  static String over(Cost cost, int decimals, String what) {
    return over(cost.total(), decimals, what);
  }

  static String over(@Nullable Double ratio, int decimals, String what) {
    return ratio == null
        ? ""
        : (" = " + Figures.of(ratio, decimals) + " × " + what).stripTrailing();
  }

  static String perSecond(double figure, String unit) {
    return Figures.of(figure, 0) + " " + unit;
  }

  static String mebibytes(long figure) {
    return Figures.count(figure) + " MiB";
  }

  static String times(@Nullable Double ratio, int decimals, String what) {
    return ratio == null ? "" : Figures.of(ratio, decimals) + " × " + what;
  }

  static String times(BaselineRatios.Times ratios, String what) {
    return ratios.p50() == null
        ? ""
        : Figures.of(ratios.p50(), 1)
            + " / "
            + Figures.of(ratios.p99(), 1)
            + " / "
            + Figures.of(ratios.p999(), 1)
            + " × "
            + what;
  }

  static String percentiles(Latencies latencies) {
    return latencies.count() == 0
        ? Figures.NONE
        : Figures.of(latencies.p50(), 1)
            + " / "
            + Figures.of(latencies.p99(), 1)
            + " / "
            + Figures.of(latencies.p999(), 1);
  }

  static String join(String... notes) {
    return Stream.of(notes).filter(note -> !note.isEmpty()).collect(Collectors.joining("; "));
  }

  static long sum(Map<String, Long> values) {
    return values.values().stream().mapToLong(Long::longValue).sum();
  }
}
