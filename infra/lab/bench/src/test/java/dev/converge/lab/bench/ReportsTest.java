package dev.converge.lab.bench;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.converge.lab.load.LoadPlan;
import dev.converge.testkit.Xml;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Goal: every run can be reported, whole or not, as text, as a page and as JSON. Method: invented
 * runs; the page is read back with an XML parser.
 */
class ReportsTest {
  private static final List<BenchReport> ALL =
      List.of(
          Samples.full(),
          Samples.quick(),
          Samples.hopeless(),
          new BenchReport(Samples.MACHINE, 0.0005));

  @Test
  void fullRunHasEveryPlot() {
    Document page = Xml.parse(HtmlReport.of(Samples.full()));

    assertThat(Xml.texts(page, "figcaption"))
        .containsExactly(
            "Completed against offered",
            "Latency against the rate",
            "CPU per order, by process",
            "Backlog at the sustained rate",
            "Backlog in the burst",
            "Commits per order, by database",
            "WAL per order, by database");
    assertThat(page.getElementsByTagName("svg").getLength()).isEqualTo(7);
  }

  @Test
  void fullRunHasEveryFigureOfTheHeadline() {
    Document page = Xml.parse(HtmlReport.of(Samples.full()));

    assertThat(Xml.texts(page, "th"))
        .contains(
            "Sustained",
            "POST",
            "POST → end",
            "CPU",
            "Commits",
            "WAL",
            "Outbox rows",
            "Orders per transaction",
            "Memory",
            "Outbox lag, at most",
            "Sustained, every trace sampled",
            "With 1,000,000 orders in the tables",
            "Flood of 64 clients",
            "Overload: 1,686 orders/s offered",
            "Burst of 20,000",
            "Idle",
            "Start, from nothing",
            "Two inserts",
            "One hop");
    assertThat(Xml.texts(page, "td"))
        .contains(
            "843 orders/s",
            "0.097 × two-insert tx/s; 0.218 × the writes one by one; 0.061 × the batched writes");
  }

  @Test
  void fullRunHasEveryStepInATable() {
    Document page = Xml.parse(HtmlReport.of(Samples.full()));

    assertThat(Xml.texts(page, "th"))
        .contains("10 %", "50 %", "80 %", "90 %", "20 a second", "50 %, filled")
        .contains("search", "sustained", "all traced")
        .contains("flood", "overload", "burst", "in total");
    assertThat(Xml.texts(page, "h2")).contains("Flood, overload and burst", "All steps together");
  }

  @Test
  void textHasEveryStepWithItsRatiosAndItsCostsByPart() {
    BenchReport report = Samples.full();
    String text = TextReport.of(report);

    assertThat(report.getBaselineRatios())
        .extracting(BenchReport.StepRatios::step)
        .contains("search", "sustained", "all traced", "10 %", "50 %, filled")
        .endsWith("flood", "overload", "burst", "in total");
    for (BenchReport.StepRatios step : report.getBaselineRatios()) {
      assertThat(text.lines()).anyMatch(line -> line.startsWith(step.step() + " "));
    }
    int steps = report.getBaselineRatios().size();
    for (String figure :
        List.of(
            "rates",
            "POST",
            "POST→end",
            "refused",
            "CPU",
            "commits",
            "WAL",
            "outbox",
            "batches",
            "memory")) {
      assertThat(text.lines().filter(line -> line.strip().startsWith(figure + "  ")))
          .as(figure)
          .hasSize(steps)
          .allMatch(line -> line.contains(" × "));
    }
    assertThat(text.lines().filter(line -> line.contains("of which 7 had not ended")))
        .hasSize(steps);
  }

  /** Figures that are counted, and not measured. */
  private static final Set<String> COUNTS =
      Set.of("clients", "offered", "accepted", "shed", "failed", "waitsTimedOut", "backlog");

  private static final Map<String, String> RATIOS =
      Map.ofEntries(
          entry("offeredPerSecond", "rates/offered"),
          entry("acceptedPerSecond", "rates/accepted"),
          entry("completedPerSecond", "rates/completed"),
          entry("post", "post"),
          entry("completed", "end"),
          entry("refused", "refused"),
          entry("cpuMillis", "cpu/parts"),
          entry("generatorCpuMillis", "generatorCpu"),
          entry("commits", "commits/parts"),
          entry("walBytes", "wal/parts"),
          entry("outboxRows", "outboxRows"),
          entry("ordersPerTransaction", "batches/orders"),
          entry("messagesPerTransaction", "batches/byConsumer"),
          entry("outboxLagBytes", "lag"),
          entry("residentMiB", "memory/parts"));

  @Test
  void everyFigureOfAStepHasItsRatioToABaseline() {
    StepReport measured = Samples.step("10 %", 500, true);
    ObjectMapper json = new ObjectMapper();
    JsonNode step = json.valueToTree(measured);
    JsonNode ratios = json.valueToTree(BaselineRatios.of(measured, Samples.full().baseline));

    List<String> figures = new ArrayList<>();
    numbers(step, "", figures);
    assertThat(figures).hasSizeGreaterThan(40);
    for (String figure : figures) {
      String name = figure.substring(1).replaceFirst("/.*", "");
      if (!COUNTS.contains(name) && !figure.endsWith("/count")) {
        String ratio = figure.replaceFirst(name, RATIOS.getOrDefault(name, "none"));
        assertThat(ratios.at(ratio).isNumber()).as("%s at %s", figure, ratio).isTrue();
      }
    }
  }

  @Test
  void timesToTheEndAreOverTheMedianOfOneHopAndOthersOverOneCommit() {
    StepReport step = Samples.step("10 %", 500, true);
    Baseline baseline = Objects.requireNonNull(Samples.full().baseline);
    BaselineRatios ratios = BaselineRatios.of(step, baseline);

    assertThat(ratios.times().end().p99())
        .isEqualTo(over(step.times().completed().p99(), baseline.hop().latencies().p50()));
    double commitMillis = 1_000 / baseline.postgres().twoInsertsOneClientPerSecond();
    assertThat(ratios.times().post().p99())
        .isEqualTo(over(step.times().post().p99(), commitMillis));
    assertThat(ratios.times().refused().max())
        .isEqualTo(over(step.times().refused().max(), commitMillis));
  }

  private static double over(@Nullable Double figure, @Nullable Double baseline) {
    return Objects.requireNonNull(figure) / Objects.requireNonNull(baseline);
  }

  private static void numbers(JsonNode node, String path, List<String> found) {
    if (node.isNumber()) {
      found.add(path);
    }
    node.properties()
        .forEach(child -> numbers(child.getValue(), path + "/" + child.getKey(), found));
  }

  @Test
  void figuresOutsideStepsHaveTheirRatiosToABaseline() {
    JsonNode ratios = new ObjectMapper().valueToTree(Samples.full().getPlatformRatios());
    List<String> numbers = new ArrayList<>();
    numbers(ratios, "", numbers);

    assertThat(numbers)
        .contains(
            "/ready",
            "/firstCompleted",
            "/idle/total",
            "/idle/parts/kafka",
            "/idleMemory/total",
            "/burstEnded",
            "/memoryBeforeBurst/total",
            "/memoryAfterBurst/total");
  }

  @Test
  void pageHasEveryStepsRatiosByPart() {
    Document page = Xml.parse(HtmlReport.of(Samples.full()));
    int steps = Samples.full().getBaselineRatios().size();

    for (String row :
        List.of(
            "× its baseline",
            "CPU ms by process",
            "Commits by database",
            "WAL bytes by database",
            "Messages/tx by consumer",
            "MiB by process")) {
      assertThat(Xml.texts(page, "th")).filteredOn(row::equals).as(row).hasSize(steps);
    }
    assertThat(Xml.texts(page, "td"))
        .filteredOn(text -> text.startsWith("order-db") && text.contains(" ×,"))
        .hasSizeGreaterThanOrEqualTo(3 * steps);
  }

  @Test
  void quickRunOmitsFiguresThatItDidNotMeasure() {
    Document page = Xml.parse(HtmlReport.of(Samples.quick()));

    assertThat(Xml.texts(page, "figcaption")).hasSize(6).doesNotContain("Backlog in the burst");
    assertThat(Xml.texts(page, "th")).doesNotContain("Idle", "Sustained, every trace sampled");
    assertThat(Xml.texts(page, "h2")).doesNotContain("Steps at shares of the sustained rate");
  }

  @Test
  void platformThatSustainsNoRateIsReported() {
    assertThat(HtmlReport.of(Samples.hopeless())).contains("no rate was kept up with");
    assertThat(TextReport.of(Samples.hopeless())).contains("no rate was kept up with");
  }

  @Test
  void unsustainedRateIsReportedAsNotSteady() {
    BenchReport report = Samples.quick();
    report.sustained = Samples.step("sustained", 500, false);

    assertThat(HtmlReport.of(report)).contains("NOT steady");
    assertThat(TextReport.of(report)).contains("NOT steady");
  }

  @Test
  void everyPageIsWellFormedAndItsIdsAreUnique() {
    for (BenchReport report : ALL) {
      NodeList elements = Xml.parse(HtmlReport.of(report)).getElementsByTagName("*");
      Set<String> ids = new HashSet<>();
      for (int at = 0; at < elements.getLength(); at++) {
        String id = ((Element) elements.item(at)).getAttribute("id");
        assertThat(id.isEmpty() || ids.add(id)).as("id %s", id).isTrue();
      }
    }
  }

  @Test
  void pageNeedsNoOtherResources() {
    String page = HtmlReport.of(Samples.full());

    assertThat(page.replace("xmlns=\"http://www.w3.org/2000/svg\"", ""))
        .doesNotContain("http:", "https:", "<script", "<link", "@import", "url(", " src=");
  }

  @Test
  void noReportHasWordsForNumbers() throws JsonProcessingException {
    for (BenchReport report : ALL) {
      assertThat(HtmlReport.of(report)).doesNotContain("NaN", "Infinity", "null");
      assertThat(TextReport.of(report)).doesNotContain("NaN", "Infinity", "null");
      assertThat(new ObjectMapper().writeValueAsString(report)).doesNotContain("NaN", "Infinity");
    }
  }

  @Test
  void textFromOutsideIsEscaped() {
    String page = HtmlReport.of(Samples.quick());

    assertThat(page)
        .contains("Linux &lt;amd64&gt; &amp; &quot;more&quot;")
        .doesNotContain("<amd64>");
  }

  @Test
  void textHasTheHeadline() {
    assertThat(TextReport.of(Samples.full()))
        .contains(
            "traces sampled: 1 %",
            "sustained: 843 orders/s = 0.097 × the two-insert transactions",
            "sustained with every trace sampled: 742 orders/s = 0.085 ×",
            "idle: 3.2 % of one core = 234 × one hop a second: connect 1.00 = 72.99 ×",
            "start: ready after 17.7 s = 35.4 × one database's",
            "with 1000000 orders in the tables",
            "flood: 2500 orders/s completed",
            "overload: 1686 orders/s offered",
            "burst of 20000: 19997 accepted, 19997 ended, 2 shed, 1 failed");
    assertThat(TextReport.of(new BenchReport(Samples.MACHINE, 0.0005)))
        .contains("traces sampled: 0.05 %");
  }

  @Test
  void floodStepIsNotReportedAsBehind() {
    StepReport flood = Samples.step(LoadPlan.closed("flood", 64, 20_000), 2_500, false);

    assertThat(TextReport.line(flood)).contains("closed").doesNotContain("behind");
  }

  @Test
  void jsonHasTheFiguresThatUsersRead() throws JsonProcessingException {
    ObjectMapper json = new ObjectMapper();

    JsonNode read = json.readTree(json.writeValueAsString(Samples.full()));

    assertThat(read.at("/sustained/completedPerSecond").asDouble()).isEqualTo(843);
    assertThat(read.at("/sustained/post/p999").isNumber()).isTrue();
    assertThat(read.at("/sustained/cpuMillis/order-service").isNumber()).isTrue();
    assertThat(read.at("/burst/ended").asLong()).isEqualTo(19_997);
    assertThat(read.at("/flood/ofSustained").isNumber()).isTrue();
    assertThat(read.path("baselineRatios").findValuesAsText("step")).endsWith("in total");
  }
}
