package dev.converge.service.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Goal: the gauges of jobs are those of the instance that runs them; counters are one's own. */
class JobMetersTest {
  private final SimpleMeterRegistry shown = new SimpleMeterRegistry();
  private final AtomicBoolean runsHere = new AtomicBoolean(true);
  private final AtomicInteger findings = new AtomicInteger(3);
  private final JobMeters meters = new JobMeters(shown, runsHere::get);
  private final JobMeters others = new JobMeters(new SimpleMeterRegistry(), () -> true);

  private static void gauge(JobMeters of, AtomicInteger value) {
    Gauge.builder("audit.findings", value, AtomicInteger::get)
        .tag("check", "sagas-stuck")
        .register(of.registry());
  }

  private double shownFindings() {
    return shown.get("audit.findings").tag("check", "sagas-stuck").gauge().value();
  }

  @Test
  void instanceThatRunsTheJobsShowsItsOwnGauges() {
    gauge(meters, findings);
    meters.report(Map.of());

    assertThat(shownFindings()).isEqualTo(3);
  }

  @Test
  void otherInstancesShowTheGaugesThatItReports() {
    gauge(meters, findings);
    AtomicInteger elsewhere = new AtomicInteger(7);
    gauge(others, elsewhere);
    runsHere.set(false);

    meters.report(others.values());

    assertThat(shownFindings()).isEqualTo(7);
  }

  @Test
  void gaugeWithoutAReportIsZero() {
    gauge(meters, findings);
    runsHere.set(false);

    assertThat(shownFindings()).isZero();
  }

  @Test
  void counterCountsWhatItsOwnInstanceHasDone() {
    meters.registry().counter("outbox.reconciler.republished").increment(2);
    runsHere.set(false);

    assertThat(shown.get("outbox.reconciler.republished").functionCounter().count()).isEqualTo(2);
  }
}
