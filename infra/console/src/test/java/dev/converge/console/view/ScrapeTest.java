package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
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
  void bucketMayHaveTheTraceOfAMeasurement() {
    Scrape open =
        Scrape.parse(
            """
            took_bucket{le="0.5"} 2 # {span_id="00f067aa0ba902b7",trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.3 1732962000.125
            took_bucket{le="1.0"} 3 # {trace_id="<script>"} 0.7 1732962000.125
            took_bucket{le="5.0"} 3 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.3
            took_bucket{le="+Inf"} 3
            # EOF
            """);

    assertThat(open.samples()).extracting(Scrape.Sample::value).containsExactly(2.0, 3.0, 3.0, 3.0);
    assertThat(open.samples())
        .extracting(Scrape.Sample::exemplar)
        .containsExactly(
            Optional.of(
                new Exemplar(
                    "4bf92f3577b34da6a3ce929d0e0e4736",
                    0.3,
                    Instant.parse("2024-11-30T10:20:00.125Z"))),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
  }

  @Test
  void unwantedMetricsAreLeftOut() {
    assertThat(Scrape.parse("a 1\nb 2\nb{c=\"d\"} 3", "b"::equals).samples()).hasSize(2);
  }

  @Test
  void otherLinesAreIgnored() {
    assertThat(SCRAPE.samples()).hasSize(5);
    assertThat(Scrape.parse("").samples()).isEmpty();
  }
}
