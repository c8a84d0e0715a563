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
    assertThat(first.path("fractured").path("share").isDouble()).isTrue();
    assertThat(first.path("windowPoints")).isNotEmpty();
    assertThat(first.path("contention")).hasSize(4);
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
