package dev.converge.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Goal: a metric is read as it is exposed. Method: a page of every kind of line. */
class PrometheusTest {
  private static final Prometheus PAGE =
      Prometheus.of(
          """
          # HELP orders_ended_total Orders in a terminal state.
          # TYPE orders_ended_total counter
          orders_ended_total{outcome="COMPLETED"} 40
          orders_ended_total{outcome="REJECTED",reason="OUT OF STOCK"} 2.0
          orders_ended_total_created 9
          orders 7
          # TYPE inbox_transaction_messages summary
          inbox_transaction_messages_count 3
          inbox_transaction_messages_sum 1.25E7
          inbox_transaction_messages_max{consumer="saga"} 1e-3
          """);

  @Test
  void metricIsSummedOverItsLabels() {
    assertThat(PAGE.sum("orders_ended_total")).isEqualTo(42);
  }

  @Test
  void metricWithoutLabelsIsRead() {
    assertThat(PAGE.sum("inbox_transaction_messages_count")).isEqualTo(3);
  }

  @Test
  void metricsWhoseNamesBeginAlikeAreNotCounted() {
    assertThat(PAGE.sum("orders")).isEqualTo(7);
    assertThat(PAGE.sum("inbox_transaction_messages")).isZero();
  }

  @Test
  void exponentsAreRead() {
    assertThat(PAGE.sum("inbox_transaction_messages_sum")).isEqualTo(12_500_000);
    assertThat(PAGE.sum("inbox_transaction_messages_max")).isEqualTo(0.001);
  }

  @Test
  void absentMetricIsZero() {
    assertThat(PAGE.sum("stock_reserved_total")).isZero();
    assertThat(Prometheus.of("").sum("orders")).isZero();
  }
}
