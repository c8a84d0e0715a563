package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.delivery.Partition;
import dev.converge.outbox.delivery.Verification.Passed;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ConsumerFindingsTest {
  private final AtomicLong nanoTime = new AtomicLong();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final ConsumerFindings findings =
      new ConsumerFindings(
          ConsumerConfig.of("consumer", "topic", "localhost:9092"),
          new ConsumerMetrics(meters, Exemplars.NONE),
          meters,
          nanoTime::get);

  private void elapse(Duration time) {
    nanoTime.addAndGet(time.toNanos());
  }

  @Test
  void reportsPassedRecordsForAMinute() {
    findings.passed(List.of(new Passed(new Partition("topic", 2), 5, 20)));

    assertThat(findings.all()).isEqualTo(Map.of("inbox-passed", List.of("topic-2@5 to 20")));
    assertThat(meters.get("inbox.records.passed").counter().count()).isEqualTo(15);
    elapse(Duration.ofSeconds(61));
    assertThat(findings.all()).isEmpty();
  }

  @Test
  void reportsABlockedConsumerAfterFiveSecondsUntilItMakesProgress() {
    findings.failed(new PgException("permission denied", "ERROR", "42501", null));
    assertThat(findings.all()).isEmpty();
    elapse(Duration.ofSeconds(6));

    assertThat(findings.all().get("inbox-blocked"))
        .singleElement()
        .asString()
        .startsWith("consumer on topic since ")
        .contains("SQLSTATE 42501");
    assertThat(meters.get("inbox.blocked.seconds").gauge().value()).isEqualTo(6);
    findings.progressed();
    assertThat(findings.all()).isEmpty();
  }
}
