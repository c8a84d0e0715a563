package dev.converge.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.converge.lab.report.Report;
import dev.converge.lab.scale.ScaleFigures.Pair;
import dev.converge.lab.scale.ScaleFigures.Sums;
import dev.converge.testkit.Xml;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: the report is well-formed, and has the wall, every claim and the figures of its run. */
class ScalePageTest {
  @Test
  void pageIsWellFormedAndShowsTheFiguresOfItsRun() throws Exception {
    Report report = ScalePage.of(ScaleFiguresTest.good());

    assertThat(Xml.texts(Xml.parse(report.html()), "figcaption")).hasSize(6);
    assertThat(report.html())
        .contains("This run shows every claim of this page: 7 of 7.")
        .contains("Seed 7; 1, 2 slots and instances")
        .contains("connect (1.20 cores)")
        .contains("0.90 ×");
  }

  @Test
  void textHasTheWallAndTheClaimThatIsMissed() throws Exception {
    ScaleFigures figures =
        ScaleFiguresTest.figures(
            List.of(ScaleFiguresTest.slots(1, 1_000, 0, List.of(100L))),
            List.of(
                ScaleFiguresTest.instances(
                    1, 110, new Sums(500, 0, new Pair(5, 5), new Pair(7, 8)))),
            List.of());
    Report report = ScalePage.of(figures);

    assertThat(report.text())
        .contains("1 slot: 1,000 rows/s (1.00 ×); wall: connect (1.20 cores)")
        .contains("MISSED  with each number of instances all orders end");
  }

  @Test
  void jsonHasTheClaims() throws Exception {
    JsonNode json = new ObjectMapper().readTree(ScalePage.of(ScaleFiguresTest.good()).json());

    assertThat(json.path("claims")).hasSize(7);
    assertThat(json.at("/slots/1/rowsPerSecond").asInt()).isEqualTo(900);
    assertThat(json.at("/settings/seed").asInt()).isEqualTo(7);
  }
}
