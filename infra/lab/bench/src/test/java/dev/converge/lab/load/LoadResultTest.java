package dev.converge.lab.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** Goal: messages between the two processes arrive unchanged. Method: to JSON and back. */
class LoadResultTest {
  private final ObjectMapper json = new ObjectMapper();

  @Test
  void resultSurvivesJson() throws JsonProcessingException {
    LoadResult result = result(times(3, 7));

    assertThat(json.readValue(json.writeValueAsString(result), LoadResult.class)).isEqualTo(result);
  }

  @Test
  void resultWithoutTimesSurvivesJsonAsNumbersAndNulls() throws JsonProcessingException {
    LoadResult result = result(new Histogram(3));

    String written = json.writeValueAsString(result);

    assertThat(written).doesNotContain("NaN").contains("\"p50\":null");
    assertThat(json.readValue(written, LoadResult.class)).isEqualTo(result);
  }

  @Test
  void jsonOfAResultIsFlat() throws JsonProcessingException {
    Latencies none = new Latencies(0, null, null, null, null, null);
    LoadResult result =
        new LoadResult(
            "step",
            4,
            new LoadResult.Answers(OrderCounts.of(100, 80, 15, 3), 76, Map.of(202, 80L)),
            new Timings(new Latencies(9, 1.0, 2.0, 3.0, 4.0, 5.0), none, none),
            12.25,
            new Histograms("a", "b", "c"));

    assertThat(json.readTree(json.writeValueAsString(result)))
        .isEqualTo(
            json.readTree(
                """
                {"name": "step", "seconds": 4.0, "offered": 100, "accepted": 80,
                 "acceptedInTime": 76, "shed": 15, "failed": 5, "waitsTimedOut": 3,
                 "statuses": {"202": 80},
                 "post": {"count": 9, "p50": 1.0, "p90": 2.0, "p99": 3.0, "p999": 4.0, "max": 5.0},
                 "completed":
                   {"count": 0, "p50": null, "p90": null, "p99": null, "p999": null, "max": null},
                 "refused":
                   {"count": 0, "p50": null, "p90": null, "p99": null, "p999": null, "max": null},
                 "cpuMillis": 12.25, "postTimes": "a", "completedTimes": "b", "refusedTimes": "c"}
                """));
  }

  @Test
  void planSurvivesJson() throws JsonProcessingException {
    for (LoadPlan plan :
        new LoadPlan[] {
          LoadPlan.open("half", 432.1, 20_000), LoadPlan.closed("flood", 64, 20_000)
        }) {
      assertThat(json.readValue(json.writeValueAsString(plan), LoadPlan.class)).isEqualTo(plan);
    }
  }

  @Test
  void ratesAreOverTheStepAndZeroIfItTookNoTime() {
    LoadResult result = result(new Histogram(3));

    assertThat(result.offeredPerSecond()).isEqualTo(25);
    assertThat(result.acceptedPerSecond()).as("answered in time").isEqualTo(19);
    Histogram nothing = new Histogram(3);
    assertThat(
            LoadResult.of(
                    "none",
                    0,
                    new LoadResult.Answers(OrderCounts.of(0, 0, 0, 0), 0, Map.of()),
                    Histograms.of(nothing, nothing, nothing),
                    0)
                .acceptedPerSecond())
        .isZero();
  }

  @Test
  void planPollsTheOutcomeOfAboutTwentyOrdersPerSecond() {
    assertThat(LoadPlan.open("slow", 10, 1_000).waitShare()).isEqualTo(0.5);
    assertThat(LoadPlan.open("half", 200, 1_000).waitShare()).isEqualTo(0.1);
    assertThat(LoadPlan.open("fast", 4_000, 1_000).waitShare()).isEqualTo(0.05);
    assertThat(LoadPlan.closed("flood", 64, 1_000).waitShare()).isZero();
  }

  @Test
  void stepsTakenTogetherHaveThePercentilesOfAllTheirOrders() {
    LoadResult slow = result(times(40, 100));
    LoadResult fast = result(times(5, 900));

    LoadResult both = slow.plus(fast);

    assertThat(both.answers().orders().offered()).isEqualTo(200);
    assertThat(both.answers().statuses()).containsEntry(202, 160L);
    assertThat(both.seconds()).isEqualTo(8);
    assertThat(both.times().post().count()).isEqualTo(2);
    assertThat(both.answers().orders().waitsTimedOut()).isEqualTo(6);
    assertThat(both.times().refused().count()).isEqualTo(30);
    assertThat(both.times().completed().count()).isEqualTo(1_000);
    assertThat(both.times().completed().p50()).isCloseTo(5, within(0.1));
    assertThat(both.times().completed().p99()).isCloseTo(40, within(0.1));
  }

  private static Histogram times(long millis, int count) {
    Histogram times = new Histogram(3);
    times.recordValueWithCount(millis * 1_000_000, count);
    return times;
  }

  private static LoadResult result(Histogram completed) {
    return LoadResult.of(
        "step",
        4,
        new LoadResult.Answers(
            OrderCounts.of(100, 80, 15, 3), 76, Map.of(202, 80L, 503, 15L, 0, 5L)),
        Histograms.of(times(9, 1), completed, times(2, 15)),
        12.25);
  }
}
