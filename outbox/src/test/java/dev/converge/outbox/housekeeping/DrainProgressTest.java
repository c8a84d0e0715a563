package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.housekeeping.DrainProgress.Sample;
import dev.converge.outbox.housekeeping.Source.Publication;
import dev.converge.outbox.housekeeping.SourceDatabase.Seen;
import dev.converge.outbox.housekeeping.Stall.Progress;
import java.time.Duration;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: a message waits from when it is written until the connector has confirmed it, and a started
 * service reports nothing unknown. Method: samples of a log, by hand.
 */
class DrainProgressTest {
  private static final OffsetDateTime START = OffsetDateTime.parse("2026-11-29T00:00:00Z");

  private final DrainProgress progress = new DrainProgress();

  @Test
  void rowsAreDrainedUpToTheLastConfirmedSample() {
    sample(0, 100, 90);
    assertThat(progress.confirmedTo()).isNull();
    sample(5, 200, 90);
    sample(10, 300, 150);

    assertThat(progress.confirmedTo()).isEqualTo(at(0).minusSeconds(1));
    assertThat(progress.behindFor(at(10))).isEqualTo(Duration.ofSeconds(5));
    assertThat(progress.standingFor(at(10))).isZero();

    sample(15, 400, 400);
    assertThat(progress.confirmedTo()).isEqualTo(at(15).minusSeconds(1));
    assertThat(progress.standingFor(at(15))).isZero();
  }

  @Test
  void keepsALongStallInBoundedMemory() {
    for (int second = 0; second < 500_000; second += 5) {
      sample(second, 100 + second, 0);
    }
    assertThat(progress.standingFor(at(500_000))).isEqualTo(Duration.ofSeconds(500_000));

    sample(500_000, 600_000, 250_000);
    assertThat(progress.confirmedTo()).isBetween(at(200_000), at(250_000));
  }

  @Test
  void advancingConnectorIsNotStuckHoweverFarItIsBehind() {
    for (int second = 0; second <= 600; second += 5) {
      sample(second, 1_000 + 20L * second, 10L * (second + 1));
    }

    assertThat(progress.behindFor(at(600))).isGreaterThan(Duration.ofSeconds(60));
    assertThat(progress.standingFor(at(600))).isZero();

    sample(605, 14_000, 6_010);
    sample(625, 15_000, 6_010);
    assertThat(progress.standingFor(at(625))).isEqualTo(Duration.ofSeconds(25));
    assertThat(Stall.of(seen(at(625), null, Publication.COMPLETE), at(0), progress))
        .isEqualTo(new Stall(Duration.ofSeconds(625), Duration.ofSeconds(25), Progress.NONE));
  }

  @Test
  void laggingConnectorIsNoReasonToTestTheSlot() {
    for (int second = 0; second <= 600; second += 5) {
      sample(second, 1_000 + 20L * second, 10L * (second + 1));
    }

    Stall stall = Stall.of(seen(at(600), null, Publication.COMPLETE), at(300), progress);

    assertThat(stall).isEqualTo(new Stall(Duration.ofMinutes(5), Duration.ZERO, Progress.LAGGING));
    assertThat(stall.standing()).isLessThan(RepairPlan.STANDING_FOR);
  }

  @Test
  void positionsConfirmedWithoutAPublicationAreNoAdvance() {
    sample(0, 100, 50);
    sample(10, 200, 0);
    sample(20, 300, 0);
    sample(30, 400, 50);

    assertThat(progress.standingFor(at(30))).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void idleConnectorIsStuckOnlySinceThereIsSomethingToConfirm() {
    sample(0, 100, 90);
    sample(5, 100, 100);
    sample(3_600, 200, 100);

    assertThat(progress.standingFor(at(3_610))).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void reportsTheFullAgeOnceTheConnectorHasHadTheTimeToConfirm() {
    assertThat(stall(100, 25, null, Publication.COMPLETE))
        .isEqualTo(new Stall(Duration.ofSeconds(100), Duration.ofSeconds(25), Progress.NONE));
  }

  @Test
  void startedServiceReportsNoUnknownAge() {
    assertThat(stall(3_600, 5, null, Publication.COMPLETE))
        .isEqualTo(new Stall(Duration.ofSeconds(5), Duration.ofSeconds(5), Progress.NONE));
  }

  @Test
  void withoutThePublicationConfirmedPositionsAreNoProgress() {
    assertThat(stall(100, 0, null, Publication.LACKS_OUTBOX))
        .isEqualTo(new Stall(Duration.ofSeconds(100), Duration.ofSeconds(100), Progress.NONE));
  }

  @Test
  void messageWhoseCopiesDoNotArriveHasWaitedSinceItWasWritten() {
    assertThat(stall(0, 0, START.minusSeconds(70), Publication.COMPLETE))
        .isEqualTo(new Stall(Duration.ofSeconds(70), Duration.ZERO, Progress.PAST_THEM));
  }

  @Test
  void positionOfTheReconcilerInTheFutureIsIgnored() {
    assertThat(progress.drainedTo(at(3_600), at(0))).isNull();
    sample(0, 100, 100);

    assertThat(progress.drainedTo(at(3_600), at(5))).isEqualTo(at(-1));
    assertThat(progress.drainedTo(at(2), at(5))).isEqualTo(at(2));
  }

  @Test
  void clockThatWasSetBackLeavesNothingInTheFuture() {
    sample(3_600, 100, 100);
    sample(3_605, 200, 100);
    sample(3_610, 300, 150);
    sample(0, 400, 150);

    assertThat(progress.confirmedTo()).isEqualTo(at(0));
    assertThat(progress.behindFor(at(30))).isEqualTo(Duration.ofSeconds(30));
    assertThat(progress.standingFor(at(30))).isEqualTo(Duration.ofSeconds(30));
    sample(35, 500, 500);
    assertThat(progress.confirmedTo()).isEqualTo(at(34));
  }

  @Test
  void timeInTheFutureCountsAsNow() {
    assertThat(DrainProgress.earlier(at(3_600), at(0))).isEqualTo(at(0));
    assertThat(DrainProgress.earlier(at(-1), at(0))).isEqualTo(at(-1));
    assertThat(DrainProgress.earlier(null, at(0))).isNull();
  }

  @Test
  void withoutARowNoMessageWaits() {
    sample(-3_600, 100, 0);

    assertThat(Stall.of(seen(START, null, Publication.COMPLETE), null, progress).age()).isZero();
  }

  /** A first observation, with a position that has not been confirmed for some seconds. */
  private Stall stall(
      int age, int standing, @Nullable OffsetDateTime withoutEffect, Publication publication) {
    sample(-standing, 100, standing == 0 ? 100 : 0);
    return Stall.of(seen(START, withoutEffect, publication), START.minusSeconds(age), progress);
  }

  private static Seen seen(
      OffsetDateTime now, @Nullable OffsetDateTime withoutEffect, Publication publication) {
    return new Seen(
        new Sample(now, now, 1), new Source(null, publication, null), null, withoutEffect);
  }

  private void sample(int second, long written, long confirmed) {
    progress.sample(new Sample(at(second), at(second).minusSeconds(1), written), confirmed);
  }

  private static OffsetDateTime at(int second) {
    return START.plusSeconds(second);
  }
}
