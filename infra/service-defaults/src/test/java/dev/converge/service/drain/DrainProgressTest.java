package dev.converge.service.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.service.drain.DrainProgress.Sample;
import dev.converge.service.drain.Source.Publication;
import dev.converge.service.drain.SourceDatabase.Seen;
import java.time.Duration;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: a message waits from when it is written until the connector has confirmed it, and not
 * longer; a service that has just been started reports nothing that it cannot know. Method: samples
 * of a log, by hand.
 */
class DrainProgressTest {
  private static final OffsetDateTime START = OffsetDateTime.parse("2026-11-29T00:00:00Z");

  private final DrainProgress progress = new DrainProgress();

  @Test
  void rowsAreDrainedUpToTheLastSampleThatIsConfirmed() {
    sample(0, 100, 90);
    assertThat(progress.confirmedTo()).isNull();
    sample(5, 200, 90);
    sample(10, 300, 150);

    assertThat(progress.confirmedTo()).isEqualTo(at(0).minusSeconds(1));
    assertThat(progress.standingFor(at(10))).isEqualTo(Duration.ofSeconds(5));

    sample(15, 400, 400);
    assertThat(progress.confirmedTo()).isEqualTo(at(15).minusSeconds(1));
    assertThat(progress.standingFor(at(15))).isZero();
  }

  @Test
  void aStallOfDaysIsKnownInBoundedMemory() {
    for (int second = 0; second < 500_000; second += 5) {
      sample(second, 100 + second, 0);
    }
    assertThat(progress.standingFor(at(500_000))).isEqualTo(Duration.ofSeconds(500_000));

    sample(500_000, 600_000, 250_000);
    assertThat(progress.confirmedTo()).isBetween(at(200_000), at(250_000));
  }

  @Test
  void aMessageIsAsOldAsItIsOnceTheConnectorHasHadTheTimeToConfirmIt() {
    assertThat(stall(100, Duration.ofSeconds(25), null, Publication.COMPLETE))
        .isEqualTo(new Stall(Duration.ofSeconds(100), Duration.ofSeconds(25), false));
  }

  @Test
  void aServiceThatHasJustBeenStartedReportsNoAgeThatItDoesNotKnow() {
    assertThat(stall(3_600, Duration.ofSeconds(5), null, Publication.COMPLETE))
        .isEqualTo(new Stall(Duration.ofSeconds(5), Duration.ofSeconds(5), false));
  }

  @Test
  void withoutItsPublicationNothingIsSentWhateverIsConfirmed() {
    assertThat(stall(100, Duration.ZERO, null, Publication.LACKS_OUTBOX))
        .isEqualTo(new Stall(Duration.ofSeconds(100), Duration.ofSeconds(100), false));
  }

  @Test
  void aMessageWhoseCopiesDoNotArriveEitherWaitsSinceItWasWritten() {
    assertThat(stall(0, Duration.ZERO, START.minusSeconds(70), Publication.COMPLETE))
        .isEqualTo(new Stall(Duration.ofSeconds(70), Duration.ZERO, true));
  }

  @Test
  void nothingWaitsWhereThereIsNoRow() {
    Seen seen = seen(null, Publication.COMPLETE);

    assertThat(Stall.of(seen, null, Duration.ofHours(1)).age()).isZero();
  }

  private static Stall stall(
      int age, Duration standing, @Nullable OffsetDateTime inVain, Publication publication) {
    return Stall.of(seen(inVain, publication), START.minusSeconds(age), standing);
  }

  private static Seen seen(@Nullable OffsetDateTime inVain, Publication publication) {
    return new Seen(new Sample(START, START, 1), new Source(null, publication, null), null, inVain);
  }

  private void sample(int second, long written, long confirmed) {
    progress.sample(new Sample(at(second), at(second).minusSeconds(1), written), confirmed);
  }

  private static OffsetDateTime at(int second) {
    return START.plusSeconds(second);
  }
}
