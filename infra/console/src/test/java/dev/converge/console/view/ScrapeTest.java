package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Goal: metrics are read as the services write them. Method: texts in Prometheus' format. */
class ScrapeTest {
  private static final Scrape SCRAPE =
      Scrape.parse(
          """
          # HELP orders_ended_total orders ended
          # TYPE orders_ended_total counter
          orders_ended_total{outcome="COMPLETED",service="order-service"} 7.0
          orders_ended_total{outcome="REJECTED",service="order-service"} 2.0
          jobs_holder 1
          outbox_slot_lag_bytes{service="a"} 1.5E3 1732962000000
          odd{path="/a}b",text="say \\"x\\", \\\\ then"} 4
          not a sample
          broken{
          """);

  @Test
  void samplesOfAMetricAreSummedByLabel() {
    assertThat(SCRAPE.sum("orders_ended_total")).isEqualTo(9);
    assertThat(SCRAPE.sum("orders_ended_total", "outcome", "REJECTED")).isEqualTo(2);
    assertThat(SCRAPE.values("orders_ended_total", "outcome"))
        .containsExactly("COMPLETED", "REJECTED");
  }

  @Test
  void sampleMayHaveNoLabelsAndMayHaveATime() {
    assertThat(SCRAPE.sum("jobs_holder")).isEqualTo(1);
    assertThat(SCRAPE.max("outbox_slot_lag_bytes")).hasValue(1_500);
    assertThat(SCRAPE.max("absent")).isEmpty();
  }

  @Test
  void quotedBraceDoesNotEndTheLabels() {
    assertThat(SCRAPE.samples())
        .contains(
            new Scrape.Sample("odd", Map.of("path", "/a}b", "text", "say \"x\", \\ then"), 4));
  }

  @Test
  void otherLinesAreIgnored() {
    assertThat(SCRAPE.samples()).hasSize(5);
    assertThat(Scrape.parse("").samples()).isEmpty();
  }
}
