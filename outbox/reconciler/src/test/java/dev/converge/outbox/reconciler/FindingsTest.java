package dev.converge.outbox.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Goal: findings stay in view for a minute, and are bounded. Method: a clock set by the test. */
class FindingsTest {
  private final AtomicLong nanos = new AtomicLong(5);
  private final Findings findings = new Findings(nanos::get);

  @Test
  void findingIsShownForAMinute() {
    findings.report(Check.SLOT, List.of("outbox: gone"));
    pass(59);
    assertThat(findings.all()).isEqualTo(Map.of("outbox-slot", List.of("outbox: gone")));
    assertThat(findings.count(Check.SLOT)).isEqualTo(1);

    pass(1);
    assertThat(findings.all()).isEmpty();
    assertThat(findings.count(Check.SLOT)).isZero();
  }

  @Test
  void casesOfACheckAreMergedWithoutDuplicates() {
    findings.report(Check.ROWS, List.of("a", "b"));
    findings.report(Check.ROWS, List.of("b", "c"));
    findings.report(Check.ROWS, List.of());

    assertThat(findings.all()).isEqualTo(Map.of("outbox-rows", List.of("a", "b", "c")));
  }

  @Test
  void casesAreBounded() {
    findings.report(Check.ROWS, IntStream.range(0, 150).mapToObj(n -> "row " + n).toList());

    assertThat(findings.count(Check.ROWS)).isEqualTo(100);
  }

  @Test
  void oldestReportsOfACheckAreDropped() {
    findings.report(Check.SLOT, List.of("slot"));
    IntStream.range(0, 11).forEach(n -> findings.report(Check.ROWS, List.of("row " + n)));

    assertThat(findings.all().get("outbox-rows")).hasSize(10).doesNotContain("row 0");
    assertThat(findings.all()).containsKey("outbox-slot");
  }

  @Test
  void failureIsShownUntilARoundSucceeds() {
    assertThat(findings.failed("no broker")).as("is new").isTrue();
    assertThat(findings.failed("no broker")).isFalse();
    pass(45);
    assertThat(findings.all())
        .isEqualTo(
            Map.of("outbox-not-reconciled", List.of("no round has succeeded for 45 s: no broker")));

    findings.succeeded();
    assertThat(findings.all()).isEmpty();
    assertThat(findings.failed("no broker")).isTrue();
  }

  private void pass(int seconds) {
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }
}
