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
    assertThat(step.cpuMillis()).hasSize(9).allSatisfy((part, millis) -> isHalf(millis));
    assertThat(step.commits())
        .containsOnlyKeys(Topology.databaseParts().stream().map(Part::id).toArray(String[]::new));
    assertThat(step.commits()).allSatisfy((part, commits) -> isQuarter(commits));
    assertThat(step.walBytes()).allSatisfy((part, bytes) -> assertThat(bytes).isEqualTo(2_000));
    assertThat(step.outboxRows()).isEqualTo(6);
  }

  private static void isHalf(double figure) {
    assertThat(figure).isEqualTo(0.5, ROUNDING);
  }

  private static void isQuarter(double figure) {
    assertThat(figure).isEqualTo(0.25, ROUNDING);
  }

  @Test
  void totalsAreOverAllParts() {
    assertThat(step.totalCpuMillis()).isEqualTo(4.5, ROUNDING);
    assertThat(step.totalCommits()).isEqualTo(0.75, ROUNDING);
    assertThat(step.totalWalBytes()).isEqualTo(6_000, ROUNDING);
    assertThat(step.totalResidentMiB()).isEqualTo(1_800);
  }

  @Test
  void batchesAreDividedByTheirTransactions() {
    assertThat(step.ordersPerTransaction()).isEqualTo(20, ROUNDING);
    assertThat(step.messagesPerTransaction())
        .hasSize(3)
        .allSatisfy((consumer, messages) -> assertThat(messages).isEqualTo(30, ROUNDING));
  }

  @Test
  void ratesAreOverTheTimeThatTheyWereTakenIn() {
    assertThat(step.offeredPerSecond()).isEqualTo(100);
    assertThat(step.acceptedPerSecond()).isEqualTo(99.7, ROUNDING);
    assertThat(step.completedPerSecond()).isEqualTo(100, ROUNDING);
    assertThat(step.generatorCpuMillis()).isEqualTo(200.0 / 997, ROUNDING);
  }

  @Test
  void countersGrowByWhatStepsAddAlsoWhereAServiceStartedAgain() {
    Snapshot one = Snapshot.zero().grownBy(Samples.snapshot(0, 0), Samples.snapshot(10, 1_000));
    Snapshot both = one.grownBy(Samples.snapshot(0, 0), Samples.snapshot(5, 500));

    assertThat(both.ended()).isEqualTo(1_500);
    assertThat(both.nanos()).isEqualTo(15_000_000_000L);
    assertThat(both.database("order").outboxRows()).isEqualTo(3_000);
    assertThat(both.consumer("order").transactions()).isEqualTo(150);
    assertThat(both.cpuMillis()).containsEntry("kafka", 750.0);
  }

  @Test
  void aClosedLoopOffersWhatItsClientsSent() {
    StepReport flood = Samples.step(LoadPlan.closed("flood", 64, 10_000), 250, false);

    assertThat(flood.clients()).isEqualTo(64);
    assertThat(flood.offeredPerSecond()).isEqualTo(250);
  }

  @Test
  void aStepInWhichNothingEndedHasNoCosts() {
    StepReport nothing = Samples.stepOfNothing("nothing");

    assertThat(nothing.completedPerSecond()).isZero();
    assertThat(nothing.acceptedPerSecond()).isZero();
    assertThat(nothing.cpuMillis()).isEmpty();
    assertThat(nothing.commits()).isEmpty();
    assertThat(nothing.walBytes()).isEmpty();
    assertThat(nothing.messagesPerTransaction()).isEmpty();
    assertThat(nothing.outboxRows()).isNull();
    assertThat(nothing.ordersPerTransaction()).isNull();
    assertThat(nothing.generatorCpuMillis()).isNull();
    assertThat(nothing.totalCpuMillis()).isNull();
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
