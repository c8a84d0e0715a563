package dev.converge.lab.report;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Figures as reports show them. An unknown figure is a dash, never a NaN or a 0. */
public final class Figures {
  /** An unknown figure. */
  public static final String NONE = "–";

  private Figures() {}

  /** One figure over another; null if there is nothing to divide by. */
  public static @Nullable Double ratio(@Nullable Double amount, @Nullable Double of) {
    return amount == null || of == null || of <= 0 ? null : amount / of;
  }

  /** The sum of figures; null if there are none. */
  public static @Nullable Double sum(Collection<Double> figures) {
    return figures.isEmpty() ? null : figures.stream().mapToDouble(Double::doubleValue).sum();
  }

  /** The value that a share of the figures, in ascending order, does not exceed; null for none. */
  public static @Nullable Double quantile(List<Double> sorted, double share) {
    if (sorted.isEmpty()) {
      return null;
    }
    int index = (int) Math.ceil(share * sorted.size()) - 1;
    return sorted.get(Math.max(0, Math.min(sorted.size() - 1, index)));
  }

  /** With this number of decimals. */
  public static String of(@Nullable Double figure, int decimals) {
    return figure == null || !Double.isFinite(figure)
        ? NONE
        : String.format(Locale.ROOT, "%,." + decimals + "f", figure);
  }

  /** With about three digits, but all of those before the point. */
  public static String rounded(@Nullable Double figure) {
    double size = figure == null ? 0 : Math.abs(figure);
    return of(figure, size < 10 ? 2 : size < 100 ? 1 : 0);
  }

  /** With its thousands apart. */
  public static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** A share of one as a percentage, however small it is. */
  public static String percent(double share) {
    return of(share * 100, share > 0 && share < 0.01 ? 2 : 0) + " %";
  }
}
