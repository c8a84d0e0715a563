package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.InboundMessage.Source;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: the time of a message is measured from its append. Method: messages of the test. */
class ConsumerMetricsTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<String> traces = new ArrayList<>();
  private final ConsumerMetrics metrics =
      new ConsumerMetrics(
          meters,
          (span, measurement) -> {
            traces.add(span.getTraceId());
            measurement.run();
          },
          "topic",
          "order.replies");

  private static InboundMessage appended(@Nullable Instant at) {
    return appended(at, null);
  }

  private static InboundMessage appended(@Nullable Instant at, @Nullable String traceparent) {
    return new InboundMessage(
        new UUID(0, 1),
        "StockReserved.v1",
        "order",
        "{}",
        null,
        null,
        at,
        traceparent,
        new Source("order.replies", 0, 7));
  }

  private Timer delivery() {
    return meters.get("inbox.delivery").tag("topic", "order.replies").timer();
  }

  @Test
  void deliveryTakesFromTheAppendOfAMessageToTheCommitOfItsEffect() {
    metrics.delivered(
        List.of(
            appended(NOW.minusMillis(20)),
            appended(NOW.minusMillis(700)),
            appended(NOW.minusSeconds(4))),
        NOW);

    assertThat(delivery().count()).isEqualTo(3);
    assertThat(delivery().max(TimeUnit.MILLISECONDS)).isEqualTo(4_000);
    assertThat(delivery().takeSnapshot().histogramCounts())
        .filteredOn(bucket -> bucket.bucket(TimeUnit.SECONDS) == 1)
        .extracting(bucket -> bucket.count())
        .containsExactly(2.0);
  }

  @Test
  void deliveryHasTheTraceOfItsMessageAsExemplar() {
    metrics.delivered(
        List.of(
            appended(NOW.minusMillis(20), "00-" + TRACE + "-00f067aa0ba902b7-01"),
            appended(NOW.minusMillis(20))),
        NOW);

    assertThat(delivery().count()).isEqualTo(2);
    assertThat(traces).containsExactly(TRACE, "0".repeat(32));
  }

  @Test
  void messageWithoutATimeOrWithAWrongOneIsNotMeasured() {
    metrics.delivered(
        List.of(
            appended(null),
            appended(NOW.plus(Duration.ofMinutes(1))),
            appended(Instant.MAX),
            appended(Instant.MIN)),
        NOW);

    assertThat(delivery().count()).isZero();
  }
}
