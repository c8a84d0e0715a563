package dev.converge.lab.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The scale of an axis.
 *
 * @param ticks the values that are labelled, from the least to the greatest
 */
public record Scale(List<Double> ticks, boolean logarithmic) {
  private static final int TICKS = 5;

  /** The scale that fits values on an axis. */
  public static Scale of(SvgPlot.Axis axis, List<Double> values) {
    double least = values.stream().mapToDouble(Double::doubleValue).min().orElse(1);
    double greatest =
        Math.max(axis.reaches(), values.stream().mapToDouble(Double::doubleValue).max().orElse(1));
    return axis.logarithmic()
        ? new Scale(logarithmicTicks(least, greatest), true)
        : new Scale(ticks(Math.min(0, least), greatest), false);
  }

  /** Multiples of 1, 2 or 5 times a power of ten: about five, and around both values. */
  static List<Double> ticks(double least, double greatest) {
    double range = greatest > least ? greatest - least : 1;
    double rough = range / TICKS;
    int exponent = (int) Math.floor(Math.log10(rough));
    double step = 10 * power(exponent);
    for (int factor : List.of(1, 2, 5)) {
      if (factor * power(exponent) >= rough * 0.999) {
        step = factor * power(exponent);
        break;
      }
    }
    long first = (long) Math.floor(least / step);
    long last = (long) Math.ceil((least + range) / step - 1e-9);
    List<Double> ticks = new ArrayList<>();
    for (long at = first; at <= last; at++) {
      ticks.add(round(at * step));
    }
    return ticks;
  }

  /** Powers of ten around both values; with their doubles and fives where those are few. */
  static List<Double> logarithmicTicks(double least, double greatest) {
    int from = (int) Math.floor(Math.log10(least) + 1e-9);
    int to = Math.max(from + 1, (int) Math.ceil(Math.log10(greatest) - 1e-9));
    List<Double> ticks = new ArrayList<>();
    for (int exponent = from; exponent <= to; exponent++) {
      for (int factor : to - from <= 2 ? List.of(1, 2, 5) : List.of(1)) {
        if (exponent < to || factor == 1) {
          ticks.add(round(factor * power(exponent)));
        }
      }
    }
    return ticks;
  }

  private static double power(int exponent) {
    return Math.pow(10, exponent);
  }

  // 3 * 0.1 is no round number.
  private static double round(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.6e", value));
  }

  /** The label of a tick. */
  public static String tick(double value) {
    int decimals = 0;
    while (decimals < 6 && Math.abs(value * power(decimals) % 1) > 1e-6) {
      decimals++;
    }
    return Figures.of(value, decimals);
  }

  double least() {
    return ticks.get(0);
  }

  double greatest() {
    return ticks.get(ticks.size() - 1);
  }

  /** The position of a value: 0 for the least, 1 for the greatest. */
  public double share(double value) {
    return logarithmic
        ? Math.log(value / least()) / Math.log(greatest() / least())
        : (value - least()) / (greatest() - least());
  }
}
