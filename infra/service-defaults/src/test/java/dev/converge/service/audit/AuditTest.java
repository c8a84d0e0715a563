package dev.converge.service.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.service.jobs.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: checks take little of the time, and a finding is reported within a minute, independent of
 * other checks. Method: the wait as a function of a run's time; checks that hang or fail.
 */
class AuditTest {
  private static final Duration EVERY = Duration.ofSeconds(15);

  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicBoolean runsHere = new AtomicBoolean(true);

  @AfterEach
  void end() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void shortRunsRepeatEveryFifteenSeconds() {
    assertThat(Audit.waitMillis(EVERY, TimeUnit.MILLISECONDS.toNanos(20))).isEqualTo(15_000);
  }

  @Test
  void longerRunsTakeAHundredthOfTheTime() {
    assertThat(Audit.waitMillis(EVERY, TimeUnit.MILLISECONDS.toNanos(300))).isEqualTo(29_700);
  }

  @Test
  void findingIsReportedWithinAMinuteForAnyTimeOfARun() {
    long run = TimeUnit.SECONDS.toNanos(10);
    assertThat(Audit.waitMillis(EVERY, run) + 2 * TimeUnit.NANOSECONDS.toMillis(run))
        .isLessThanOrEqualTo(60_000);
  }

  @Test
  void waitIsAtMostTwoIntervals() {
    assertThat(Audit.waitMillis(EVERY, TimeUnit.SECONDS.toNanos(5))).isEqualTo(30_000);
    assertThat(Audit.waitMillis(Duration.ofSeconds(2), TimeUnit.MILLISECONDS.toNanos(300)))
        .isEqualTo(4_000);
  }

  @Test
  void checksThatHangOrFailRunAgain() throws Exception {
    CountDownLatch hanging = new CountDownLatch(3);
    CountDownLatch failing = new CountDownLatch(3);
    CountDownLatch throwing = new CountDownLatch(3);
    CountDownLatch finding = new CountDownLatch(3);
    deploy(
        Duration.ofMillis(50),
        hangs(hanging),
        new Audit.Check(
            "fails",
            () -> {
              failing.countDown();
              return Future.failedFuture("unavailable");
            }),
        new Audit.Check(
            "throws",
            () -> {
              throwing.countDown();
              throw new IllegalStateException("a mistake");
            }),
        finds(finding));

    for (CountDownLatch runs : List.of(hanging, failing, throwing, finding)) {
      assertThat(runs.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(findings("finds")).isEqualTo(2);
    assertThat(findings("hangs")).isZero();
  }

  @Test
  void checkThatNeverEndsDelaysNoOther() throws Exception {
    CountDownLatch hanging = new CountDownLatch(1);
    CountDownLatch finding = new CountDownLatch(3);
    deploy(Duration.ofHours(1), hangs(hanging), finds(finding));

    assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(finding.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(findings("finds")).isEqualTo(2);
  }

  @Test
  void checksRunInTheInstanceThatRunsTheJobsOnly() throws Exception {
    CountDownLatch finding = new CountDownLatch(1);
    runsHere.set(false);
    deploy(Duration.ofMillis(50), finds(finding));
    // Its first run was due long ago when this timer ends.
    vertx.timer(100, TimeUnit.MILLISECONDS).await(10, TimeUnit.SECONDS);
    assertThat(finding.getCount()).isEqualTo(1);
    assertThat(findings("finds")).isZero();

    runsHere.set(true);

    assertThat(finding.await(30, TimeUnit.SECONDS)).isTrue();
  }

  private static Audit.Check hangs(CountDownLatch runs) {
    return new Audit.Check(
        "hangs",
        () -> {
          runs.countDown();
          return Promise.<List<String>>promise().future();
        });
  }

  private static Audit.Check finds(CountDownLatch runs) {
    return new Audit.Check(
        "finds",
        () -> {
          runs.countDown();
          return Future.succeededFuture(List.of("one", "two"));
        });
  }

  private void deploy(Duration within, Audit.Check... checks) throws Exception {
    Audit audit =
        new Audit(
            List.of(checks),
            new Audit.Others(List.of(), Map::of),
            new Audit.Instances(unreachable(), "here", runsHere::get),
            new JobMeters(meters, runsHere::get),
            Duration.ofMillis(20),
            within);
    String unused = vertx.deployVerticle(audit).await(10, TimeUnit.SECONDS);
  }

  private Pool unreachable() {
    return PgBuilder.pool()
        .connectingTo(new PgConnectOptions().setHost("127.0.0.1").setPort(1))
        .using(vertx)
        .build();
  }

  private double findings(String check) {
    return meters.get("audit.findings").tag("check", check).gauge().value();
  }
}
