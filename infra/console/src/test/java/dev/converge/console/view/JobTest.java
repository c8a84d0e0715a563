package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.console.view.Job.Outcome;
import dev.converge.console.view.Job.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Goal: a job goes on only while it helps, and at its rate. Method: jobs in virtual time. */
class JobTest {
  private static final Instant BEGIN = Instant.parse("2026-11-30T12:00:00Z");
  private static final Job.Pace PACE = new Job.Pace(1, 5, 3, 3);

  private static Job job(int sagas, Job.Pace pace) {
    return Job.begun(
        1,
        "retry",
        "grace",
        "back",
        pace,
        IntStream.range(0, sagas).mapToObj(i -> "saga-" + i).toList(),
        BEGIN);
  }

  private static Instant at(long millis) {
    return BEGIN.plusMillis(millis);
  }

  /** Runs a job for some seconds; the times of its actions are added to a list. */
  private static Job run(Job job, Outcome outcome, int seconds, List<Instant> sent) {
    Job now = job;
    for (int ms = 0; ms <= seconds * 1_000; ms += 20) {
      Instant time = at(ms);
      Optional<String> due = now.due(time);
      if (due.isPresent()) {
        sent.add(time);
        now = now.sent(due.get(), time);
      }
      for (String orderId : now.toJudge(time)) {
        now = now.settled(orderId, outcome, null);
      }
    }
    return now;
  }

  @Test
  void othersFollowOnceTheFirstIsNotStuck() {
    List<Instant> sent = new ArrayList<>();

    Job done = run(job(30, PACE), Outcome.LEFT_STUCK, 20, sent);

    assertThat(done.state()).isEqualTo(State.DONE);
    assertThat(done.isOver()).isTrue();
    assertThat(sent).hasSize(30);
    assertThat(Duration.between(sent.get(0), sent.get(1)))
        .isBetween(Duration.ofSeconds(3), Duration.ofMillis(3_100));
    assertThat(done.json().getJsonObject("outcomes").getInteger("left-stuck")).isEqualTo(30);
  }

  @Test
  void rateIsKept() {
    List<Instant> sent = new ArrayList<>();
    run(job(30, PACE), Outcome.LEFT_STUCK, 20, sent);

    for (int i = 5; i < sent.size(); i++) {
      assertThat(Duration.between(sent.get(i - 5), sent.get(i)))
          .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }
  }

  @Test
  void failedCanaryHaltsTheJob() {
    List<Instant> sent = new ArrayList<>();

    Job halted = run(job(30, PACE), Outcome.STUCK_AGAIN, 20, sent);

    assertThat(halted.state()).isEqualTo(State.HALTED);
    assertThat(halted.why()).contains("first 1");
    assertThat(sent).hasSize(1);
  }

  @Test
  void failuresHaltTheJob() {
    List<Instant> sent = new ArrayList<>();

    Job halted = run(job(30, new Job.Pace(0, 5, 3, 1)), Outcome.UNKNOWN, 20, sent);

    assertThat(halted.state()).isEqualTo(State.HALTED);
    assertThat(sent.size()).isLessThan(10);
  }

  @Test
  void refusalIsNoFailure() {
    assertThat(run(job(3, PACE), Outcome.REFUSED, 20, new ArrayList<>()).state())
        .isEqualTo(State.DONE);
  }

  @Test
  void pausedAndStoppedJobsSendNoFurtherItem() {
    Job job = job(3, PACE);

    assertThat(job.paused().due(at(60_000))).isEmpty();
    assertThat(job.paused().resumed().due(at(60_000))).contains("saga-0");
    Job stopped = job.sent("saga-0", BEGIN).stopped();
    assertThat(stopped.due(at(60_000))).isEmpty();
    // Its outcome is still of interest.
    assertThat(stopped.isOver()).isFalse();
    assertThat(stopped.settled("saga-0", Outcome.LEFT_STUCK, null).isOver()).isTrue();
    assertThat(stopped.resumed().state()).isEqualTo(State.STOPPED);
  }

  @Test
  void sagaIsInTheSetOnce() {
    Job job = Job.begun(1, "retry", "grace", "back", PACE, List.of("a", "b", "a"), BEGIN);

    assertThat(job.items()).hasSize(2);
    assertThat(job.reason()).isEqualTo("back (job 1)");
  }
}
