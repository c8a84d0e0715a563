package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.converge.lab.report.Report;
import dev.converge.testkit.Xml;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

/**
 * Goal: the page is well-formed, needs no network and shows every protocol; every figure is in the
 * JSON. Method: a constructed report, read back. It stays in the build folder for inspection.
 */
class ProtocolPageTest {
  private static Report report(ProtocolReport of) throws IOException {
    return Report.of("protocols", of, ProtocolPage.of(of), ProtocolText.of(of));
  }

  @Test
  void pageShowsEveryProtocolInEveryPlot() throws IOException {
    Report report = report(SampleReport.report());
    Path unused = report.write(Path.of("target", "sample-report"));

    Document page = Xml.parse(report.html());

    assertThat(Xml.texts(page, "h1")).containsExactly("Availability against consistency");
    assertThat(Xml.texts(page, "th")).containsAll(CommitProtocol.ids());
    // 2xx, in doubt and messages for each; the triangle, divergence, windows, two of throughput.
    assertThat(page.getElementsByTagName("svg").getLength())
        .isEqualTo(3 * CommitProtocol.ids().size() + 5);
    assertThat(report.html())
        .doesNotContain("href=")
        .doesNotContain("src=")
        .doesNotContain("<script")
        .doesNotContain("NaN");
  }

  @Test
  void bandsAreNumberedAndTheirNumbersAreListed() {
    Document page = Xml.parse(ProtocolPage.of(SampleReport.report()));
    assertThat(Xml.texts(page, "p"))
        .filteredOn(text -> text.startsWith("Faults: 1 coordinator-killed, 2 participant-killed"))
        .hasSize(2);
    assertThat(Xml.texts(page, "text"))
        .filteredOn(text -> text.equals("7"))
        .hasSizeGreaterThanOrEqualTo(2 * CommitProtocol.ids().size());
  }

  @Test
  void protocolsHaveOneScaleOfEachAxis() {
    String html = ProtocolPage.of(SampleReport.report());
    // 11.9 s is the age of the oldest branch in doubt of any protocol; the saga has none.
    int saga = html.indexOf("<title id=\"doubt-saga-title\"");
    String plot = html.substring(saga, html.indexOf("</svg>", saga));
    assertThat(plot).contains(">15</text>");
  }

  @Test
  void ageOfTheOrdersBranchIsShownWithASecondOrderServiceAndWithout() {
    Document page = Xml.parse(ProtocolPage.of(SampleReport.report()));
    assertThat(Xml.texts(page, "h2")).contains("The order's branch needs an order-service");
    assertThat(Xml.texts(page, "td")).contains("12.3 s", "2.4 s");
  }

  @Test
  void dottedLinesAreMentionedOnlyWhereThereAreSome() {
    assertThat(ProtocolPage.of(SampleReport.report())).contains("dotted lines");
    ProtocolReport whole = SampleReport.report();
    List<ProtocolResult> saga = List.of(SampleReport.result(CommitProtocol.SAGA, 0));
    ProtocolReport without =
        new ProtocolReport(
            whole.settings(), whole.plan(), whole.machine(), 3, saga, List.of(), null);
    assertThat(ProtocolPage.of(without)).doesNotContain("dotted lines");
  }

  @Test
  void everyDotOfTheTriangleFitsInItsFrame() {
    String svg = TrianglePlot.of(SampleReport.results());
    java.util.regex.Pattern.compile("cx=\"([0-9.]+)\" cy=\"([0-9.]+)\" r=\"([0-9.]+)\"")
        .matcher(svg)
        .results()
        .forEach(
            dot -> {
              double x = Double.parseDouble(dot.group(1));
              double y = Double.parseDouble(dot.group(2));
              double radius = Double.parseDouble(dot.group(3));
              assertThat(x + radius).isLessThan(420);
              assertThat(x - radius).isPositive();
              assertThat(y - radius).isPositive();
            });
  }

  /** Most dots of the sample are at one place, as those of a real run are nearly. */
  @Test
  void labelsOfTheTriangleAreApartFromEachOtherAndWithinTheirFrame() {
    List<java.util.regex.MatchResult> labels =
        java.util.regex.Pattern.compile(
                "class=\"value\" x=\"([0-9.]+)\" y=\"([0-9.]+)\" text-anchor=\"start\">([^<]+)<")
            .matcher(TrianglePlot.of(SampleReport.results()))
            .results()
            .toList();
    assertThat(labels).hasSize(CommitProtocol.ids().size());
    for (java.util.regex.MatchResult label : labels) {
      assertThat(right(label)).isLessThanOrEqualTo(420);
      assertThat(number(label, 2)).isGreaterThan(14);
      for (java.util.regex.MatchResult other : labels) {
        boolean areApart =
            right(label) <= number(other, 1)
                || right(other) <= number(label, 1)
                || Math.abs(number(label, 2) - number(other, 2)) >= 14;
        assertThat(label == other || areApart).as(label.group(3) + ", " + other.group(3)).isTrue();
      }
    }
  }

  private static double number(java.util.regex.MatchResult label, int group) {
    return Double.parseDouble(label.group(group));
  }

  private static double right(java.util.regex.MatchResult label) {
    return number(label, 1) + 7.5 * label.group(3).length();
  }

  @Test
  void countsAreWholeNumbers() {
    String html = ProtocolPage.of(SampleReport.report());
    int begin = html.indexOf("<title id=\"divergence-title\"");
    String plot = html.substring(begin, html.indexOf("</svg>", begin));
    assertThat(plot).contains(">3</text>", ">0</text>").doesNotContain("3.00", "–");
  }

  @Test
  void everyFigureOfTheSummaryHasTheNameOfItsColumnForNarrowPages() {
    String html = ProtocolPage.of(SampleReport.report());
    for (String column :
        List.of("Unavailable", "2xx", "Oldest in doubt", "Diverge once quiescent")) {
      assertThat(html.split("data-label=\"" + column + "\"", -1))
          .hasSize(CommitProtocol.ids().size() + 1);
    }
  }

  @Test
  void identifiersAreUnique() {
    String html = ProtocolPage.of(SampleReport.report());
    List<String> ids =
        java.util.regex.Pattern.compile(" id=\"([^\"]+)\"")
            .matcher(html)
            .results()
            .map(found -> found.group(1))
            .toList();
    assertThat(ids).doesNotHaveDuplicates().isNotEmpty();
  }

  @Test
  void jsonHasTheFiguresOfThePage() throws IOException {
    JsonNode json = new ObjectMapper().readTree(report(SampleReport.report()).json());
    assertThat(json.path("passes").asBoolean()).isTrue();
    assertThat(json.path("protocols")).hasSize(CommitProtocol.ids().size());
    JsonNode first = json.path("protocols").path(2);
    assertThat(first.path("protocol").asText()).isEqualTo("2pc");
    assertThat(first.path("unavailableSeconds").isInt()).isTrue();
    assertThat(first.path("finalState").path("divergentOrders").isInt()).isTrue();
    assertThat(first.path("finalState").path("sums").path("exact").asBoolean()).isTrue();
    assertThat(first.path("inDoubt").path("branchSeconds").isDouble()).isTrue();
    assertThat(first.path("inDoubt").path("moments")).hasSize(1_800);
    assertThat(first.path("branches").asInt()).isEqualTo(2);
    assertThat(first.path("inDoubtSecondsPerBranch").asDouble())
        .isEqualTo(first.path("inDoubt").path("branchSeconds").asDouble() / 2);
    assertThat(json.path("protocols").path(3).path("branches").asInt()).isEqualTo(3);
    JsonNode quorum = json.path("protocols").path(3).path("undisturbed").path("costs");
    assertThat(quorum.path("quorumMessages").asDouble()).isEqualTo(10.3);
    assertThat(quorum.path("quorumForcedWrites").asDouble()).isEqualTo(6.1);
    JsonNode costs = first.path("undisturbed").path("costs");
    assertThat(costs.path("commits").asDouble()).isEqualTo(10.5);
    assertThat(costs.path("quorumMessages").isNull()).isTrue();
    assertThat(first.path("fractured").path("share").isDouble()).isTrue();
    assertThat(first.path("windowPoints")).isNotEmpty();
    assertThat(first.path("contention")).hasSize(4);
    assertThat(first.path("offered").asInt()).isEqualTo(4_500);
    assertThat(first.path("faults").path(0).path("plannedSeconds").isDouble()).isTrue();
    assertThat(first.path("faults").path(0).path("atSeconds").isDouble()).isTrue();
    assertThat(first.path("faults").path(0).path("divergentOrders").isInt()).isTrue();
    assertThat(first.path("faults").path(0).path("elsewhereSeconds").isDouble()).isTrue();
    assertThat(first.path("outage").path("elsewhereSeconds").asDouble()).isEqualTo(12.1);
    assertThat(json.path("protocols").path(0).path("outage").isNull()).isTrue();
    assertThat(first.path("inDoubt").path("moments").path(0).path("oldestMillis").isDouble())
        .isTrue();
    assertThat(first.path("sequences").path("underCut").path("messages")).isNotEmpty();
  }

  @Test
  void runThatWasBrokenOffShowsWhatWasMeasured() {
    ProtocolReport whole = SampleReport.report();
    ProtocolReport broken =
        new ProtocolReport(
            whole.settings(),
            whole.plan(),
            whole.machine(),
            3,
            List.of(),
            List.of(),
            "no database");
    assertThat(Xml.texts(Xml.parse(ProtocolPage.of(broken)), "p").get(0))
        .startsWith("Broken off: no database.");
    assertThat(broken.exitCode()).isEqualTo(1);
  }

  @Test
  void textNamesTheGoals() {
    assertThat(ProtocolText.of(SampleReport.report()))
        .contains("met     2pc ", "Seed 7;")
        .doesNotContain("MISSED");
  }
}
