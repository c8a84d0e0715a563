package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Goal: what a process has counted is that of Prometheus. Method: pairs of scrapes. */
class GrowthTest {
  private static final Selector ALL = Selector.parse("orders_total");

  private static Growth between(String before, String now) {
    return Growth.between(Scrape.parse(before), Scrape.parse(now));
  }

  @Test
  void increaseIsThatOfEachSeries() {
    Growth growth =
        between(
            "orders_total{o=\"a\"} 10\norders_total{o=\"b\"} 5",
            "orders_total{o=\"a\"} 12\norders_total{o=\"b\"} 6");

    assertThat(growth.of(ALL)).isEqualTo(3);
    assertThat(growth.of(Selector.parse("orders_total{o=\"b\"}"))).isEqualTo(1);
  }

  @Test
  void newSeriesBeganAtZero() {
    assertThat(between("orders_total{o=\"a\"} 10", "orders_total{o=\"b\"} 2").of(ALL)).isEqualTo(2);
  }

  @Test
  void counterThatFellBeganAtZero() {
    assertThat(between("orders_total 100", "orders_total 3").of(ALL)).isEqualTo(3);
  }

  @Test
  void processThatIsScrapedForTheFirstTimeHasCountedNothing() {
    Growth first = Growth.first(Scrape.parse("orders_total 100"));

    assertThat(first.of(ALL)).isZero();
    assertThat(first.now().sum("orders_total")).isEqualTo(100);
  }

  @Test
  void bucketsAreAddedUpByTheirLimit() {
    Growth growth =
        between(
            "",
            """
            took_bucket{o="a",le="0.5"} 1
            took_bucket{o="a",le="+Inf"} 2
            took_bucket{o="b",le="0.5"} 3
            took_bucket{o="b",le="+Inf"} 3
            """);

    assertThat(growth.buckets(Selector.parse("took")))
        .isEqualTo(Map.of(0.5, 4.0, Double.POSITIVE_INFINITY, 5.0));
  }
}
