package dev.converge.lab.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** Goal: what the two processes tell each other arrives as it was. Method: to JSON and back. */
class LoadResultTest {
  private final ObjectMapper json = new ObjectMapper();

  @Test
  void aResultSurvivesJson() throws JsonProcessingException {
    Histogram nanos = new Histogram(3);
    nanos.recordValue(1_234_567);
    LoadResult result = result(Latencies.of(nanos));

    assertThat(json.readValue(json.writeValueAsString(result), LoadResult.class)).isEqualTo(result);
  }

  @Test
  void aResultInWhichNothingWasTimedSurvivesJsonAsNumbersAndNulls() throws JsonProcessingException {
    LoadResult result = result(Latencies.of(new Histogram(3)));

    String written = json.writeValueAsString(result);

    assertThat(written).doesNotContain("NaN").contains("\"p50\":null");
    assertThat(json.readValue(written, LoadResult.class)).isEqualTo(result);
  }

  @Test
  void aPlanSurvivesJson() throws JsonProcessingException {
    for (LoadPlan plan :
        new LoadPlan[] {
          LoadPlan.open("half", 432.1, 20_000), LoadPlan.closed("flood", 64, 20_000)
        }) {
      assertThat(json.readValue(json.writeValueAsString(plan), LoadPlan.class)).isEqualTo(plan);
    }
  }

  @Test
  void ratesAreOverTheStepAndZeroWhereItTookNoTime() {
    LoadResult result = result(Latencies.of(new Histogram(3)));

    assertThat(result.offeredPerSecond()).isEqualTo(25);
    assertThat(result.acceptedPerSecond()).as("those answered in time").isEqualTo(19);
    assertThat(
            new LoadResult("none", 0, 0, 0, 0, 0, 0, Map.of(), result.post(), result.completed(), 0)
                .acceptedPerSecond())
        .isZero();
  }

  @Test
  void aPlanAsksForTheOutcomeOfSomeTwentyOrdersASecond() {
    assertThat(LoadPlan.open("slow", 10, 1_000).waitShare()).isEqualTo(0.5);
    assertThat(LoadPlan.open("half", 200, 1_000).waitShare()).isEqualTo(0.1);
    assertThat(LoadPlan.open("fast", 4_000, 1_000).waitShare()).isEqualTo(0.05);
    assertThat(LoadPlan.closed("flood", 64, 1_000).waitShare()).isZero();
  }

  private static LoadResult result(Latencies completed) {
    Histogram nanos = new Histogram(3);
    nanos.recordValue(9_000_000);
    return new LoadResult(
        "step",
        4,
        100,
        80,
        76,
        15,
        5,
        Map.of(202, 80L, 503, 15L, 0, 5L),
        Latencies.of(nanos),
        completed,
        12.25);
  }
}
