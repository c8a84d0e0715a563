package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.console.view.Exemplar;
import dev.converge.console.view.Objective;
import dev.converge.console.view.Scrape;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: an objective or a panel is never without data because a metric or a label has another name.
 * Method: after one order, each that an expression reads is in a scrape of the services, and the
 * traces of exemplars are known.
 */
@Order(3)
class ObjectivesIT {
  /** Not of the services: of Prometheus, and of its rules. */
  private static final Set<String> OF_PROMETHEUS =
      Set.of(
          "up",
          "slo:budget:ratio",
          "slo:errors:ratio5m",
          "slo:errors:ratio1h",
          "slo:errors:ratio3d");

  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = new OrderApi(platform);

  private List<Scrape.Sample> scraped() {
    String orderId = api.place("espresso-beans", 1, "tok_ok");
    api.awaitEnd(orderId, Duration.ofSeconds(60));
    List<Scrape.Sample> all = new ArrayList<>();
    for (Part service : Topology.serviceParts()) {
      String metrics = api.send("GET", service, "/metrics", null).raw().body();
      all.addAll(Scrape.parse(metrics).samples());
    }
    return all;
  }

  @Test
  void everyMetricOfAnObjectiveIsReported() {
    List<Scrape.Sample> scraped = scraped();

    for (Objective objective : Observability.objectives()) {
      assertThat(objective.indicator().selectors())
          .as(objective.id())
          .allSatisfy(
              selector -> assertThat(scraped).anyMatch(selector.withoutPatterns()::matches));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders_completion_seconds_bucket", "inbox_delivery_seconds_bucket"})
  void exemplarLeadsToATrace(String metric) {
    api.awaitEnd(api.place("espresso-beans", 1, "tok_ok"), Duration.ofSeconds(60));
    String open =
        api.send(
                "GET",
                Part.ORDER_SERVICE,
                "/metrics",
                null,
                "Accept",
                "application/openmetrics-text; version=1.0.0")
            .raw()
            .body();

    // A bucket keeps its exemplar for some seconds: it may be that of an earlier order.
    List<String> traces =
        Scrape.parse(open, metric::equals).samples().stream()
            .flatMap(sample -> sample.exemplar().stream())
            .map(Exemplar::traceId)
            .toList();
    assertThat(traces).isNotEmpty();
    Awaitility.await("trace of an exemplar")
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                api.send("GET", Part.ZIPKIN, "/api/v2/trace/" + traces.get(0), null).status()
                    == 200);
  }

  @Test
  void everyMetricOfAPanelIsReported() {
    Set<String> known = new HashSet<>(OF_PROMETHEUS);
    scraped().forEach(sample -> known.add(sample.name()));
    Set<String> read = new HashSet<>();
    Observability.panels()
        .findValuesAsText("expr")
        .forEach(expression -> read.addAll(Observability.metrics(expression)));

    assertThat(read).hasSizeGreaterThan(20);
    assertThat(known).containsAll(read);
  }
}
