package dev.converge.lab.faults;

import dev.converge.lab.checker.EvidenceReader;
import dev.converge.platform.PlatformException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Injects the faults of a schedule, one after the other, and heals them. */
final class FaultRunner {
  // By the clock of the database, which is the lab's; the service's own may have been stepped.
  private static final String PLACED_SINCE_AND_COMPLETED =
      """
      SELECT count(*)
      FROM (SELECT FROM outbox JOIN saga ON order_id = aggregateid::uuid
            WHERE created_at >= to_timestamp(%d / 1000000.0) AND sequence = 1
              AND status = 'COMPLETED'
              -- A republished row is older than its created_at.
              AND NOT EXISTS (SELECT FROM outbox_republication WHERE message_id = outbox.id)
            LIMIT 1) AS any_order
      """;

  /**
   * A fault that is noticed or healed late postpones the rest of the schedule. Otherwise all later
   * faults would follow immediately.
   */
  private static final Duration POSTPONES_AFTER = Duration.ofSeconds(30);

  /** A run that is later than this waits for a recovery for a shorter time. */
  private static final long LATE_MILLIS = 60_000;

  private static final Duration LATE_TIMEOUT = Duration.ofSeconds(5);

  private final EvidenceReader reader;
  private final Consumer<String> progress;
  private final List<FaultRun> runs = new ArrayList<>();
  private long postponedNanos;
  private long droppedSpans;

  FaultRunner(EvidenceReader reader, Consumer<String> progress) {
    this.reader = reader;
    this.progress = progress;
  }

  /** The faults so far. */
  List<FaultRun> runs() {
    return List.copyOf(runs);
  }

  /** The time by which the schedule was postponed. */
  long postponedNanos() {
    return postponedNanos;
  }

  /** Spans that were refused or dropped until the last fault was healed. */
  long droppedSpans() {
    return droppedSpans;
  }

  /**
   * Injects the faults at their times.
   *
   * @param start of the schedule, in the time of {@link System#nanoTime}
   */
  void run(FaultChoice choice, long start) throws InterruptedException {
    for (PlannedFault planned : choice.schedule()) {
      Fault fault = choice.faults().get(planned.spec().id());
      if (fault == null) {
        throw new IllegalStateException("no such fault: " + planned.spec().id());
      }
      long due = start + TimeUnit.MILLISECONDS.toNanos(planned.atMillis()) + postponedNanos;
      sleepUntil(due);
      long begin = System.nanoTime();
      FaultRun run = run(fault, planned);
      postponedNanos += excessNanos(System.nanoTime() - begin, planned);
      runs.add(run);
      droppedSpans = readDroppedSpans();
      say(
          "%5.1f s  %d/%d  %s %s: %s",
          (System.nanoTime() - start) / 1e9,
          planned.number(),
          choice.schedule().size(),
          planned.spec().name(),
          planned.spec().component(),
          described(run));
      boolean late = begin - due > TimeUnit.MILLISECONDS.toNanos(LATE_MILLIS);
      awaitRecovery(run, late ? LATE_TIMEOUT : recoveryTimeout(planned));
    }
  }

  // A fault that cannot be healed is reported; the platform then does not become quiescent, which
  // is a violation.
  void heal(LabPlatform lab, Map<String, Fault> faults) {
    for (FaultRun run : runs) {
      Fault fault = faults.get(run.planned().spec().id());
      if (run.notHealed() != null && fault != null) {
        String failed = attempt(fault::heal);
        say("%s healed again: %s", run.planned().spec().id(), failed == null ? "done" : failed);
      }
    }
    String failed = attempt(lab::healAll);
    say(failed == null ? "Everything is healed." : "NOT HEALED: %s", failed);
  }

  private static long excessNanos(long tookNanos, PlannedFault planned) {
    long may = TimeUnit.MILLISECONDS.toNanos(planned.holdMillis()) + POSTPONES_AFTER.toNanos();
    return Math.max(0, tookNanos - may);
  }

  // The next fault waits until orders complete again, or this one's bound is over: so its time is
  // its own.
  private void awaitRecovery(FaultRun run, Duration timeout) throws InterruptedException {
    Long injected = run.injectedMicros();
    long end = System.nanoTime() + timeout.toNanos();
    while (injected != null && System.nanoTime() < end) {
      try {
        if (reader.count("order", PLACED_SINCE_AND_COMPLETED.formatted(injected)) > 0) {
          return;
        }
      } catch (SQLException unavailable) {
        // The database has not recovered yet.
      }
      Thread.sleep(200);
    }
  }

  private static Duration recoveryTimeout(PlannedFault planned) {
    Integer bound = planned.spec().boundSeconds();
    return Duration.ofSeconds(bound == null ? 0 : bound);
  }

  private long readDroppedSpans() {
    try {
      return reader.droppedSpans();
    } catch (IOException e) {
      throw new LabException("dropped spans", e);
    }
  }

  /** Injects one fault, holds it, heals it. */
  private static FaultRun run(Fault fault, PlannedFault planned) throws InterruptedException {
    String whyNot = fault.whyNot();
    if (whyNot != null) {
      return new FaultRun(planned, null, null, null, whyNot, null);
    }
    long injectedMicros = micros();
    String failed = attempt(fault::inject);
    if (failed == null) {
      TimeUnit.MILLISECONDS.sleep(planned.holdMillis());
    }
    long healingMicros = micros();
    String notHealed = attempt(fault::heal);
    return failed == null
        ? new FaultRun(planned, injectedMicros, healingMicros, micros(), null, notHealed)
        : new FaultRun(planned, null, null, null, failed, notHealed);
  }

  @FunctionalInterface
  private interface Step {
    void run() throws IOException, SQLException;
  }

  /**
   * The reason of a failure; null if it succeeded. A failing fault is reported, and the run
   * continues.
   */
  private static @Nullable String attempt(Step step) {
    try {
      step.run();
      return null;
    } catch (IOException | SQLException | PlatformException e) {
      return String.valueOf(e);
    }
  }

  private static String described(FaultRun run) {
    Long injected = run.injectedMicros();
    Long healed = run.healedMicros();
    if (injected == null || healed == null) {
      return "NOT INJECTED: " + run.notInjected();
    }
    String times =
        String.format(
            Locale.ROOT,
            "held %.1f s, healed after %.1f s",
            run.planned().holdMillis() / 1e3,
            (healed - injected) / 1e6);
    return run.notHealed() == null ? times : times + ", NOT HEALED: " + run.notHealed();
  }

  private static long micros() {
    return TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
  }

  // The schedule itself: nothing is waited for.
  static void sleepUntil(long nanos) throws InterruptedException {
    long left = nanos - System.nanoTime();
    if (left > 0) {
      TimeUnit.NANOSECONDS.sleep(left);
    }
  }

  private void say(String format, @Nullable Object... arguments) {
    progress.accept(String.format(Locale.ROOT, format, arguments));
  }
}
