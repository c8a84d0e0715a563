package dev.converge.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.report.Report;
import dev.converge.lab.scale.ScaleResult.Instances;
import dev.converge.lab.scale.ScaleResult.Pair;
import dev.converge.lab.scale.ScaleResult.Rebalance;
import dev.converge.lab.scale.ScaleResult.Slots;
import dev.converge.lab.scale.ScaleResult.Sums;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

/** Goal: the report is well-formed, and names the wall and every goal. */
class ScalePageTest {
  private static final ScaleResult RESULT =
      new ScaleResult(
              2,
              List.of(
                  new Slots(
                      1, 100, 1_000, 0, 0, 0, List.of(100L), Map.of("connect", 1.5, "kafka", 0.2))),
              List.of(
                  new Instances(
                      1,
                      120,
                      110,
                      500,
                      new Sums(500, 0, new Pair(5, 5), new Pair(7, 8)),
                      Map.of("order-service", 0.7))),
              List.of(new Rebalance("a second instance joins", 1_200, 90, 2_000)),
              List.of())
          .withGoals();

  @Test
  void pageIsWellFormed() throws Exception {
    String page = ScalePage.of(RESULT).html().replaceFirst("<!DOCTYPE html>", "");

    assertThat(
            DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(page)))
                .getElementsByTagName("table")
                .getLength())
        .isEqualTo(4);
  }

  @Test
  void textNamesTheWallAndTheGoalThatIsNotMet() throws Exception {
    Report report = ScalePage.of(RESULT);

    assertThat(report.text())
        .contains("wall: connect (1.50 cores)", "wall: order-service (0.70 cores)")
        .contains("NOT MET: 1 instances: once quiescent, the sums agree");
    assertThat(report.json()).contains("\"rowsPerSecond\"");
    assertThat(RESULT.allMet()).isFalse();
    assertThat(RESULT.walls()).containsExactly("connect", "order-service");
  }
}
