package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.InboundMessage.Source;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: the time of a message is measured from its append. Method: messages of the test. */
class ConsumerMetricsTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final ConsumerMetrics metrics = new ConsumerMetrics(meters, "topic", "order.replies");

  private static InboundMessage appended(@Nullable Instant at) {
    return new InboundMessage(
        new UUID(0, 1),
        "StockReserved.v1",
        "order",
        "{}",
        null,
        null,
        at,
        null,
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
