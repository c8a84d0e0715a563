package dev.converge.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.converge.lab.load.LoadPlan;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/**
 * Goal: the costs of a step are reported per order that ended in it. Method: counters before and
 * after that differ by round figures.
 */
class StepReportTest {
  private static final Offset<Double> ROUNDING = within(1e-9);

  private final StepReport step = Samples.step("half", 100, true);

  @Test
  void costsAreDividedByTheOrdersThatEnded() {
    assertThat(step.costs().cpuMillis()).hasSize(9).allSatisfy((part, millis) -> isHalf(millis));
    assertThat(step.costs().commits())
        .containsOnlyKeys(Topology.databaseParts().stream().map(Part::id).toArray(String[]::new));
    assertThat(step.costs().commits()).allSatisfy((part, commits) -> isQuarter(commits));
    assertThat(step.costs().walBytes())
        .allSatisfy((part, bytes) -> assertThat(bytes).isEqualTo(2_000));
    assertThat(step.costs().outboxRows()).isEqualTo(6);
  }

  private static void isHalf(double figure) {
    assertThat(figure).isEqualTo(0.5, ROUNDING);
  }

  private static void isQuarter(double figure) {
    assertThat(figure).isEqualTo(0.25, ROUNDING);
  }

  @Test
  void totalsAreOverAllParts() {
    assertThat(step.costs().totalCpuMillis()).isEqualTo(4.5, ROUNDING);
    assertThat(step.costs().totalCommits()).isEqualTo(0.75, ROUNDING);
    assertThat(step.costs().totalWalBytes()).isEqualTo(6_000, ROUNDING);
    assertThat(step.course().totalResidentMiB()).isEqualTo(1_800);
  }

  @Test
  void batchesAreDividedByTheirTransactions() {
    assertThat(step.costs().ordersPerTransaction()).isEqualTo(20, ROUNDING);
    assertThat(step.costs().messagesPerTransaction())
        .hasSize(3)
        .allSatisfy((consumer, messages) -> assertThat(messages).isEqualTo(30, ROUNDING));
  }

  @Test
  void ratesAreOverTheirOwnMeasuringTime() {
    assertThat(step.rates().offeredPerSecond()).isEqualTo(100);
    assertThat(step.rates().acceptedPerSecond()).isEqualTo(99.7, ROUNDING);
    assertThat(step.rates().completedPerSecond()).isEqualTo(100, ROUNDING);
    assertThat(step.costs().generatorCpuMillis()).isEqualTo(200.0 / 997, ROUNDING);
  }

  @Test
  void countersGrowByTheirStepsEvenAcrossARestart() {
    Snapshot one = Snapshot.zero().grownBy(Samples.snapshot(0, 0), Samples.snapshot(10, 1_000));
    Snapshot both = one.grownBy(Samples.snapshot(0, 0), Samples.snapshot(5, 500));

    assertThat(both.ended()).isEqualTo(1_500);
    assertThat(both.nanos()).isEqualTo(15_000_000_000L);
    assertThat(both.database("order").outboxRows()).isEqualTo(3_000);
    assertThat(both.consumer("order").transactions()).isEqualTo(150);
    assertThat(both.cpuMillis()).containsEntry("kafka", 750.0);
  }

  @Test
  void closedLoopOffersWhatItsClientsSent() {
    StepReport flood = Samples.step(LoadPlan.closed("flood", 64, 10_000), 250, false);

    assertThat(flood.clients()).isEqualTo(64);
    assertThat(flood.rates().offeredPerSecond()).isEqualTo(250);
  }

  @Test
  void stepWithoutEndedOrdersHasNoCosts() {
    StepReport nothing = Samples.stepOfNothing("nothing");

    assertThat(nothing.rates().completedPerSecond()).isZero();
    assertThat(nothing.rates().acceptedPerSecond()).isZero();
    assertThat(nothing.costs().cpuMillis()).isEmpty();
    assertThat(nothing.costs().commits()).isEmpty();
    assertThat(nothing.costs().walBytes()).isEmpty();
    assertThat(nothing.costs().messagesPerTransaction()).isEmpty();
    assertThat(nothing.costs().outboxRows()).isNull();
    assertThat(nothing.costs().ordersPerTransaction()).isNull();
    assertThat(nothing.costs().generatorCpuMillis()).isNull();
    assertThat(nothing.costs().totalCpuMillis()).isNull();
  }

  @Test
  void noStepIsWrittenWithWordsForNumbers() throws JsonProcessingException {
    ObjectMapper json = new ObjectMapper();

    String written = json.writeValueAsString(Samples.stepOfNothing("nothing"));

    assertThat(written).doesNotContain("NaN", "Infinity");
    JsonNode read = json.readTree(written);
    assertThat(read.path("failed").asLong()).isEqualTo(10);
    assertThat(read.path("post").path("count").asLong()).isZero();
    assertThat(read.path("post").path("p50").isNull()).isTrue();
    assertThat(read.path("outboxRows").isNull()).isTrue();
  }
}
