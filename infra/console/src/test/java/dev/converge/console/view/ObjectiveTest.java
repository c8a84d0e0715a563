package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: an objective means the same for Prometheus and for the console. Method: its PromQL, and
 * tallies of scrapes.
 */
class ObjectiveTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

  private static final Objective COUNTED = objective("\"bad\":\"r{s=~\\\"5..\\\"}\",\"all\":\"r\"");
  private static final Objective TIMED =
      objective("\"histogram\":\"t{a=\\\"b\\\"}\",\"seconds\":1");
  private static final Objective ZERO = objective("\"zero\":[\"stuck\",\"parked\"]");

  private static Objective objective(String indicator) {
    return Objective.parse(
            "{\"objectives\":[{\"id\":\"x\",\"objective\":0.99,\"promise\":\"p.\",\"unit\":\"u\","
                + indicator
                + "}]}")
        .get(0);
  }

  private static Observation seen(Growth... processes) {
    return new Observation(NOW, 3, List.of(processes));
  }

  private static Growth grown(String now) {
    return Growth.between(Scrape.NONE, Scrape.parse(now));
  }

  @Test
  void promqlIsThePartThatWasBad() {
    assertThat(COUNTED.errorsIn("5m"))
        .isEqualTo("(sum(rate(r{s=~\"5..\"}[5m])) or vector(0)) / sum(rate(r[5m]))");
    assertThat(TIMED.errorsIn("1h"))
        .isEqualTo(
            "1 - sum(rate(t_bucket{a=\"b\",le=\"1.0\"}[1h])) / sum(rate(t_count{a=\"b\"}[1h]))");
    assertThat(ZERO.errorsIn("5m"))
        .isEqualTo("avg_over_time((max({__name__=~\"stuck|parked\"}) > bool 0)[5m:1m])");
    assertThat(objective("\"zero\":[\"f{c!=\\\"d\\\"}\"]").errorsIn("5m"))
        .isEqualTo("avg_over_time((max(f{c!=\"d\"}) > bool 0)[5m:1m])");
  }

  @Test
  void eventsOfAllProcessesAreAddedUp() {
    assertThat(
            COUNTED
                .indicator()
                .of(seen(grown("r{s=\"200\"} 7\nr{s=\"503\"} 2"), grown("r{s=\"200\"} 1"))))
        .isEqualTo(new Tally(2, 10));
  }

  @Test
  void eventThatTookLongerThanTheLimitIsBad() {
    assertThat(
            TIMED
                .indicator()
                .of(
                    seen(
                        grown(
                            """
                            t_bucket{a="b",le="0.5"} 2
                            t_bucket{a="b",le="1.0"} 3
                            t_bucket{a="b",le="+Inf"} 5
                            t_count{a="b"} 5
                            t_count{a="c"} 9
                            """))))
        .isEqualTo(new Tally(2, 5));
  }

  @Test
  void timeIsBadWhileAGaugeIsAboveZero() {
    assertThat(ZERO.indicator().of(seen(grown("stuck 0"), grown("parked 1"))))
        .isEqualTo(new Tally(3, 3));
    assertThat(ZERO.indicator().of(seen(grown("stuck 0"), grown("parked 0"))))
        .isEqualTo(new Tally(0, 3));
  }

  @Test
  void gaugeThatNoProcessReportsIsNoData() {
    assertThat(ZERO.indicator().of(seen(grown("other 1")))).isEqualTo(Tally.NONE);
  }

  @Test
  void severalGaugesHaveNoConditions() {
    assertThatThrownBy(() -> objective("\"zero\":[\"a\",\"b{c=\\\"d\\\"}\"]"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyObjectiveOfTheFileIsRead() throws IOException {
    Path file =
        Path.of(System.getProperty("converge.root", "../.."))
            .resolve("infra/observability/slo.json");

    assertThat(Objective.parse(Files.readString(file)))
        .extracting(Objective::id)
        .contains("orders-end", "nothing-waits");
  }
}
