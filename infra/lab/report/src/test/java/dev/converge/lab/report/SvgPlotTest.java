package dev.converge.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.report.SvgPlot.Axis;
import dev.converge.lab.report.SvgPlot.Band;
import dev.converge.lab.report.SvgPlot.Bar;
import dev.converge.lab.report.SvgPlot.Caption;
import dev.converge.lab.report.SvgPlot.Mark;
import dev.converge.lab.report.SvgPlot.Point;
import dev.converge.lab.report.SvgPlot.Series;
import dev.converge.testkit.Seed;
import dev.converge.testkit.Xml;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

/**
 * Goal: a plot is well-formed, has a description, and draws every figure that can be drawn. Method:
 * examples, read back with an XML parser, and axes around random figures.
 */
class SvgPlotTest {
  private static final Caption CAPTION = new Caption("plot", "A & B", "Where < is meant.");
  private static final Axis LINEAR = new Axis("orders", false);
  private static final Axis LOGARITHMIC = new Axis("ms", true);

  @Test
  void ticksAreRound() {
    assertThat(Scale.ticks(0, 100)).containsExactly(0.0, 20.0, 40.0, 60.0, 80.0, 100.0);
    assertThat(Scale.ticks(0, 0.7)).containsExactly(0.0, 0.2, 0.4, 0.6, 0.8);
    assertThat(Scale.ticks(0, 1_234)).containsExactly(0.0, 500.0, 1_000.0, 1_500.0);
    assertThat(Scale.ticks(-3, 9)).containsExactly(-5.0, 0.0, 5.0, 10.0);
    assertThat(Scale.ticks(0, 0)).containsExactly(0.0, 0.2, 0.4, 0.6, 0.8, 1.0);
  }

  @Test
  void logarithmicTicksArePowersOfTenAndSubdividedIfFew() {
    assertThat(Scale.logarithmicTicks(3, 60))
        .containsExactly(1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0);
    assertThat(Scale.logarithmicTicks(0.5, 2_000))
        .containsExactly(0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0);
    assertThat(Scale.logarithmicTicks(10, 10)).containsExactly(10.0, 20.0, 50.0, 100.0);
  }

  @Test
  void ticksEncloseTheirFiguresAndAreFew() {
    Seed.forEach(
        1_000,
        seed -> {
          Random random = new Random(seed);
          double least = Math.pow(10, random.nextDouble() * 8 - 3);
          double greatest = least * (1 + 100 * random.nextDouble());

          for (List<Double> ticks :
              List.of(Scale.ticks(least, greatest), Scale.logarithmicTicks(least, greatest))) {
            assertThat(ticks).hasSizeBetween(2, 10).isSorted().doesNotHaveDuplicates();
            assertThat(ticks.get(0)).isLessThanOrEqualTo(least * (1 + 1e-6));
            assertThat(ticks.get(ticks.size() - 1)).isGreaterThanOrEqualTo(greatest * (1 - 1e-6));
          }
        });
  }

  @Test
  void ticksHaveTheirSignificantDigitsOnly() {
    assertThat(Scale.tick(0)).isEqualTo("0");
    assertThat(Scale.tick(0.2)).isEqualTo("0.2");
    assertThat(Scale.tick(0.05)).isEqualTo("0.05");
    assertThat(Scale.tick(12_000)).isEqualTo("12,000");
  }

  @Test
  void plotHasItsTitleAndDescription() {
    Document svg = Xml.parse(SvgPlot.chart(CAPTION, LINEAR, LINEAR, List.of(line(1, 2, 3))));

    assertThat(svg.getDocumentElement().getAttribute("role")).isEqualTo("img");
    assertThat(svg.getDocumentElement().getAttribute("aria-labelledby"))
        .isEqualTo("plot-title plot-desc");
    assertThat(svg.getElementsByTagName("title").item(0).getTextContent()).isEqualTo("A & B");
    assertThat(svg.getElementsByTagName("desc").item(0).getTextContent())
        .isEqualTo("Where < is meant.");
  }

  @Test
  void bandHasItsLabelAndItsName() {
    String svg =
        SvgPlot.chart(
            CAPTION,
            LINEAR,
            LINEAR,
            List.of(line(1, 2, 3)),
            List.of(new Band("7", "killed", "kill", 0.5, 1), new Band("", "cut", "link", 1, 2)));

    assertThat(Xml.texts(Xml.parse(svg), "text")).contains("7").doesNotContain("");
    assertThat(Xml.texts(Xml.parse(svg), "title")).contains("killed", "cut");
  }

  @Test
  void axisReachesAtLeastItsValue() {
    Axis shared = new Axis("orders", false, 90);
    String svg = SvgPlot.chart(CAPTION, LINEAR, shared, List.of(line(1, 2, 3)));

    assertThat(Xml.texts(Xml.parse(svg), "text")).contains("100");
  }

  @Test
  void valuesThatHaveNoPositionAreLeftOut() {
    Series broken = line(1, Double.NaN, 3, Double.POSITIVE_INFINITY, 0, -2);

    String linear = SvgPlot.chart(CAPTION, LINEAR, LINEAR, List.of(broken));
    String logarithmic = SvgPlot.chart(CAPTION, LINEAR, LOGARITHMIC, List.of(broken));

    assertThat(linear).doesNotContain("NaN", "Infinity");
    assertThat(logarithmic).doesNotContain("NaN", "Infinity");
    assertThat(Xml.parse(linear).getElementsByTagName("circle").getLength()).isEqualTo(4 + 1);
    assertThat(Xml.parse(logarithmic).getElementsByTagName("circle").getLength()).isEqualTo(2 + 1);
  }

  @Test
  void emptyPlotHasAxes() {
    Document chart = Xml.parse(SvgPlot.chart(CAPTION, LINEAR, LOGARITHMIC, List.of()));
    Document bars = Xml.parse(SvgPlot.bars(CAPTION, "ms", List.of(), name -> "other"));

    assertThat(chart.getElementsByTagName("text").getLength()).isPositive();
    assertThat(bars.getElementsByTagName("text").getLength()).isPositive();
  }

  @Test
  void barsOfCountsShowWholeNumbersAndZero() {
    Document svg =
        Xml.parse(
            SvgPlot.countBars(
                CAPTION,
                "orders",
                List.of(new Bar("two", Map.of("lost", 2.0)), new Bar("nothing", Map.of())),
                name -> name));

    assertThat(Xml.texts(svg, "text"))
        .contains("2", "0", "5")
        .noneMatch(text -> text.contains("."));
    assertThat(Xml.texts(svg, "title")).contains("two: lost 2");
  }

  @Test
  void barsHaveASegmentForEachFigureAndTheirSum() {
    Document svg =
        Xml.parse(
            SvgPlot.bars(
                CAPTION,
                "ms",
                List.of(
                    new Bar("<10 %>", Map.of("kafka", 1.5, "connect", 2.0)),
                    new Bar("nothing", Map.of())),
                name -> name));

    assertThat(Xml.texts(svg, "text")).contains("<10 %>", "3.50", "nothing", "–");
    assertThat(Xml.texts(svg, "title")).contains("<10 %>: kafka 1.50", "<10 %>: connect 2.00");
  }

  @Test
  void textIsEscapedAndCharactersInvalidInXmlAreReplaced() {
    assertThat(Markup.escape("<a href=\"x\">'&'\u0000\ud800é→😀"))
        .isEqualTo("&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;\ufffd\ufffdé→😀");
  }

  private static Series line(double... values) {
    List<Point> points = new ArrayList<>();
    for (int at = 0; at < values.length; at++) {
      points.add(new Point(at, values[at]));
    }
    return new Series("a > b", "steady", Mark.DOTTED_LINE, points);
  }
}
