package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.protocols.InDoubtSample.Branch;
import dev.converge.lab.protocols.InDoubtSample.DatabaseSample;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Goal: the age and the sum of branches in doubt are exact between samples. Method: examples. */
class InDoubtSeriesTest {
  private static DatabaseSample database(int writers, int readers, Branch... branches) {
    return new DatabaseSample(List.of(branches), writers, readers);
  }

  private static Branch branch(double age) {
    return new Branch("2pc.x.inventory", age, true);
  }

  @Test
  void branchOfAnUnreachableDatabaseAgesOn() {
    InDoubtSeries series =
        InDoubtSeries.of(
            List.of(
                new InDoubtSample(0, Map.of("payment", database(0, 0, branch(50)))),
                new InDoubtSample(1_000, Map.of()),
                new InDoubtSample(2_000, Map.of("payment", database(0, 0)))));
    assertThat(series.moments())
        .extracting(InDoubtSeries.Moment::oldestMillis)
        .containsExactly(50.0, 1_050.0, 0.0);
    assertThat(series.branchSeconds()).isEqualTo(2.0);
    assertThat(series.oldestMillis()).isEqualTo(1_050);
    assertThat(series.clearAfter(500, 100)).isEqualTo(2_000);
    assertThat(series.clearAfter(2_500, 100)).isEqualTo(-1);
  }

  @Test
  void branchOfTheOrderIsApartFromTheOthers() {
    InDoubtSeries series =
        InDoubtSeries.of(
            List.of(
                new InDoubtSample(
                    0,
                    Map.of(
                        "order", database(0, 0, branch(8_000), branch(10)),
                        "payment", database(0, 0, branch(2_400)),
                        "inventory", database(0, 0, branch(2_100))))));
    assertThat(series.atOrderMillis(0, 1)).isEqualTo(8_000);
    assertThat(series.elsewhereMillis(0, 1)).isEqualTo(2_400);
    assertThat(series.oldestMillis()).isEqualTo(8_000);
  }

  @Test
  void databasesAddUp() {
    InDoubtSeries series =
        InDoubtSeries.of(
            List.of(
                new InDoubtSample(
                    0,
                    Map.of(
                        "payment", database(1, 0, branch(5)),
                        "inventory", database(2, 3, branch(7), branch(1))))));
    assertThat(series.moments()).containsExactly(new InDoubtSeries.Moment(0, 3, 3, 0, 7, 3, 3));
    assertThat(series.blockedWriters(0, 10)).isEqualTo(3);
    assertThat(series.blockedWriters(5, 10)).isZero();
    assertThat(series.blockedReaders()).isEqualTo(3);
    assertThat(series.locked(0, 0)).isEqualTo(3);
  }
}
