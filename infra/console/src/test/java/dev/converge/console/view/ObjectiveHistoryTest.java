package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: windows, burn and budget are those of the counts. Method: histories of objectives of 99 %
 * with counts of the test.
 */
class ObjectiveHistoryTest {
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  private final ObjectiveHistory events =
      new ObjectiveHistory(
          new Objective(
              "x",
              0.99,
              "p.",
              "requests",
              new Indicator.Counted(Selector.parse("bad"), Selector.parse("all"))));

  private final ObjectiveHistory times =
      new ObjectiveHistory(
          new Objective("y", 0.99, "p.", "orders", new Indicator.Timed(Selector.parse("t"), 1)));

  private static Observation seen(Instant at, String grown) {
    return new Observation(at, 3, List.of(Growth.between(Scrape.NONE, Scrape.parse(grown))));
  }

  private void count(Instant at, int bad, int all) {
    events.add(seen(at, "bad " + bad + "\nall " + all));
  }

  private JsonObject summary(Instant now) {
    return events.summary(now);
  }

  @Test
  void windowEndsNowAndForgetsWhatIsOlder() {
    count(NOON.minus(Duration.ofMinutes(50)), 1, 100);
    count(NOON.minus(Duration.ofMinutes(4)), 2, 100);
    count(NOON, 3, 100);

    assertThat(events.over(Duration.ofMinutes(5), NOON)).isEqualTo(new Tally(5, 200));
    assertThat(events.over(Duration.ofHours(1), NOON)).isEqualTo(new Tally(6, 300));
    assertThat(events.over(Duration.ofHours(1), NOON.plus(Duration.ofMinutes(30))))
        .isEqualTo(new Tally(5, 200));
  }

  @Test
  void slotIsUsedAgainAfterSixHours() {
    count(NOON, 1, 100);
    Instant evening = NOON.plus(Duration.ofHours(6));
    count(evening, 0, 10);

    assertThat(events.over(Duration.ofHours(6), evening)).isEqualTo(new Tally(0, 10));
  }

  @Test
  void burnIsThePartThatWasBadByThePartThatMayBe() {
    count(NOON.minus(Duration.ofMinutes(30)), 0, 300);
    count(NOON, 2, 100);

    assertThat(summary(NOON).getJsonObject("burn"))
        .isEqualTo(new JsonObject().put("5m", 2.0).put("1h", 0.5).put("6h", 0.5));
    assertThat(summary(NOON).getDouble("budgetLeft")).isEqualTo(0.5);
    assertThat(summary(NOON).getString("state")).isEqualTo("kept");
    assertThat(summary(NOON).getLong("bad")).isEqualTo(2);
    assertThat(summary(NOON).getLong("all")).isEqualTo(400);
  }

  @Test
  void budgetBurnsFastIfItDoesInTheShortAndInTheLongWindow() {
    count(NOON.minus(Duration.ofHours(5)), 0, 10_000);
    count(NOON, 20, 100);
    assertThat(summary(NOON).getString("state")).isEqualTo("burns");

    Instant later = NOON.plus(Duration.ofMinutes(10));
    count(later, 0, 1);
    assertThat(summary(later).getString("state")).isEqualTo("kept");
  }

  @Test
  void budgetMayBeSpent() {
    count(NOON, 3, 100);

    assertThat(summary(NOON).getDouble("budgetLeft")).isEqualTo(-2);
    assertThat(summary(NOON).getString("state")).isEqualTo("spent");
  }

  @Test
  void budgetIsNotKnownBeforeAnythingWasCounted() {
    assertThat(summary(NOON).getString("state")).isEqualTo("no-data");
    assertThat(summary(NOON).containsKey("budgetLeft")).isFalse();
    assertThat(summary(NOON).getJsonObject("burn").isEmpty()).isTrue();
  }

  @Test
  void plotHasTheColumnsOfTheLastQuarterOfAnHour() {
    count(NOON.minus(Duration.ofMinutes(16)), 1, 1);
    count(NOON.minusSeconds(15), 1, 4);
    count(NOON, 0, 2);
    count(NOON.plusSeconds(3), 0, 1);

    JsonObject plot = events.json(NOON.plusSeconds(4), id -> "").getJsonObject("plot");

    assertThat(plot.getJsonArray("counts").encode()).isEqualTo("[[58,1,4],[59,0,3]]");
    assertThat(plot.getString("from")).isEqualTo("2026-11-30T11:45:15Z");
  }

  private static String took(String exemplar) {
    return """
        t_bucket{le="0.5"} 3%s
        t_bucket{le="1.0"} 4
        t_bucket{le="+Inf"} 5
        t_count 5
        """
        .formatted(exemplar);
  }

  @Test
  void timesAreCellsByBucketAndColumn() {
    times.add(seen(NOON, took("")));
    times.add(seen(NOON.plusSeconds(15), took("")));

    JsonObject shown =
        times.json(NOON.plusSeconds(15), id -> "").getJsonObject("plot").getJsonObject("times");

    assertThat(shown.getJsonArray("limits")).isEqualTo(new JsonArray().add(0.5).add(1.0));
    assertThat(shown.getJsonArray("cells").encode())
        .isEqualTo("[[58,0,3],[58,1,1],[58,2,1],[59,0,3],[59,1,1],[59,2,1]]");
    assertThat(times.over(Duration.ofMinutes(5), NOON.plusSeconds(15))).isEqualTo(new Tally(2, 10));
  }

  @Test
  void traceIsKeptOnceAndLeavesWithThePlot() {
    String exemplar = " # {trace_id=\"" + TRACE + "\"} 0.3 " + NOON.getEpochSecond() + ".5";
    times.add(seen(NOON, took(exemplar)));
    times.add(seen(NOON.plusSeconds(3), took(exemplar)));

    assertThat(traces(NOON.plusSeconds(3)).encode())
        .isEqualTo(
            "[{\"traceId\":\""
                + TRACE
                + "\",\"seconds\":0.3,\"at\":\"2026-11-30T12:00:00.500Z\",\"link\":\"/"
                + TRACE
                + "\"}]");
    assertThat(traces(NOON.plus(Duration.ofMinutes(16))).isEmpty()).isTrue();
  }

  @Test
  void tracesAreBounded() {
    for (int i = 0; i < 3 * ObjectiveHistory.MOST_EXEMPLARS; i++) {
      String exemplar = " # {trace_id=\"" + TRACE + "\"} 0.3 " + (NOON.getEpochSecond() + i);
      times.add(seen(NOON, took(exemplar)));
    }

    assertThat(traces(NOON)).hasSize(ObjectiveHistory.MOST_EXEMPLARS);
  }

  private JsonArray traces(Instant now) {
    return times
        .json(now, id -> "/" + id)
        .getJsonObject("plot")
        .getJsonObject("times")
        .getJsonArray("traces");
  }
}
