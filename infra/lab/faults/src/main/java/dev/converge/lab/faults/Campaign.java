package dev.converge.lab.faults;

import dev.converge.lab.checker.Evidence;
import dev.converge.lab.checker.Evidence.ClockStep;
import dev.converge.lab.checker.Evidence.Watched;
import dev.converge.lab.checker.EvidenceReader;
import dev.converge.lab.checker.Quiescence;
import dev.converge.lab.history.ConcurrentBurst;
import dev.converge.lab.history.HistoryPlan;
import dev.converge.lab.history.HistoryProcess;
import dev.converge.lab.history.OrderKind;
import dev.converge.platform.Layout;
import dev.converge.platform.PlatformException;
import dev.converge.platform.Ports;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A run: load, faults, rest, verdict. */
final class Campaign {
  /** How long the client may take to end: longer than it repeats an order. */
  private static final long CLIENT_ENDS_WITHIN_SECONDS = 160;

  private static final Duration FIRST_ORDERS_WITHIN = Duration.ofMinutes(1);
  private static final int FIRST_ORDERS = 20;

  private static final Duration CONTENDED_WITHIN = Duration.ofMinutes(2);

  /** For how long orders are placed after the last fault: their traces are checked. */
  private static final Duration UNDISTURBED = Duration.ofSeconds(8);

  private static final String COMPLETED = "SELECT count(*) FROM saga WHERE status = 'COMPLETED'";
  // By the clock of the database, which is the lab's; the service's own may have been stepped.
  private static final String PLACED_SINCE_AND_COMPLETED =
      """
      SELECT count(*)
      FROM (SELECT FROM outbox JOIN saga ON order_id = aggregateid::uuid
            WHERE created_at >= to_timestamp(%d / 1000000.0) AND sequence = 1
              AND status = 'COMPLETED'
              -- What an audit has published again is older than it looks.
              AND NOT EXISTS (SELECT FROM outbox_republication WHERE message_id = outbox.id)
            LIMIT 1) AS any_order
      """;

  /**
   * What takes longer to be noticed or repaired puts off the rest of the schedule: else all faults
   * after it would follow immediately.
   */
  private static final Duration PUTS_OFF_AFTER = Duration.ofSeconds(30);

  /** So far behind its schedule a run waits for no recovery as long as it would else. */
  private static final long LATE_MILLIS = 60_000;

  private static final Duration LATE_TIMEOUT = Duration.ofSeconds(5);

  private static final String CONTENDED =
      "SELECT count(*) FROM orders WHERE ended_at IS NOT NULL AND lines @> '[{\"sku\":\""
          + OrderKind.CONTENDED_SKU
          + "\"}]'";

  private final Settings settings;
  private final Layout layout;
  private final PlatformVariant variant;
  private final Consumer<String> progress;

  /**
   * What a run is asked to do.
   *
   * @param faults how many; they come one after the other
   * @param only fault names, components or both as {@code kill:kafka}; empty for all
   * @param burst who comes before the first fault
   * @param giveUpAfter for how long the client repeats an order that is not answered
   * @param restWithin how long is waited for rest
   */
  record Settings(
      long seed,
      Duration load,
      int faults,
      List<String> only,
      double ordersPerSecond,
      ConcurrentBurst burst,
      Duration giveUpAfter,
      Duration restWithin) {
    Settings(
        long seed,
        Duration load,
        int faults,
        List<String> only,
        double ordersPerSecond,
        ConcurrentBurst burst) {
      this(
          seed,
          load,
          faults,
          only,
          ordersPerSecond,
          burst,
          Duration.ofSeconds(90),
          Duration.ofMinutes(3));
    }

    boolean wants(FaultSpec spec) {
      return only.isEmpty() || only.stream().anyMatch(spec::isCalled);
    }
  }

  Campaign(Settings settings, Layout layout, Consumer<String> progress) {
    this(settings, layout, PlatformVariant.NONE, progress);
  }

  Campaign(Settings settings, Layout layout, PlatformVariant variant, Consumer<String> progress) {
    this.settings = settings;
    this.layout = layout;
    this.variant = variant;
    this.progress = progress;
  }

  /** Runs it; every process has ended when it returns. */
  CampaignReport run() throws InterruptedException {
    try (LabPlatform lab = new LabPlatform(layout, Ports.free(), variant)) {
      InterventionLog done = new InterventionLog();
      lab.setClocksOf(choose(lab, done).clocks());
      FaultChoice choice = choose(lab, done);
      choice.notPossible().forEach(what -> say("Not possible here, not scheduled: %s", what));
      say("Starting a fresh platform in %s …", layout.state());
      lab.startFresh(choice.disks());
      variant.prepare().accept(lab.platform());
      Map<String, Long> received = lab.stock(settings.burst().units());
      EvidenceReader reader = new EvidenceReader(lab.platform());
      try (Sampler sampler = new Sampler(reader);
          AuditWatch audits = new AuditWatch(lab.platform());
          ResourceSamples resourceSamples = new ResourceSamples(lab.services(), reader);
          HistoryProcess client = client(lab)) {
        return run(lab, reader, sampler, audits, resourceSamples, client, choice, received, done);
      }
    }
  }

  private FaultChoice choose(LabPlatform lab, InterventionLog done) {
    List<Fault> all =
        Stream.concat(
                FaultCatalogue.of(lab, done).stream(),
                variant.faults().apply(lab.platform(), done).stream())
            .toList();
    String whyNoDisk = FaultChoice.needsDisks(settings, all) ? Disks.whyNotHere() : null;
    return FaultChoice.of(settings, all, whyNoDisk);
  }

  private HistoryProcess client(LabPlatform lab) {
    Path history = layout.state().resolve("history.ndjson");
    return new HistoryProcess(
        new HistoryPlan(
            lab.orderApi(),
            settings.seed(),
            Long.toString(settings.seed(), Character.MAX_RADIX),
            settings.ordersPerSecond(),
            settings.burst(),
            settings.giveUpAfter().toSeconds(),
            history.toString()),
        layout.state().resolve("history-client.log"));
  }

  private CampaignReport run(
      LabPlatform lab,
      EvidenceReader reader,
      Sampler sampler,
      AuditWatch audits,
      ResourceSamples resourceSamples,
      HistoryProcess client,
      FaultChoice choice,
      Map<String, Long> received,
      InterventionLog done)
      throws InterruptedException {
    Map<String, Fault> faults = choice.faults();
    List<PlannedFault> schedule = choice.schedule();
    awaitFirstOrders(reader);
    resourceSamples.begin();
    long begin = System.nanoTime();
    long beginMicros = micros();
    say(
        "Load: %.0f orders/s for %d s; %d faults; seed %d",
        settings.ordersPerSecond(), settings.load().toSeconds(), schedule.size(), settings.seed());
    List<FaultRun> runs = new ArrayList<>();
    long dropped = 0;
    long putOff = 0;
    for (PlannedFault planned : schedule) {
      long due = begin + TimeUnit.MILLISECONDS.toNanos(planned.atMillis()) + putOff;
      sleepUntil(due);
      Fault fault = faults.get(planned.spec().id());
      if (fault == null) {
        throw new IllegalStateException("no such fault: " + planned.spec().id());
      }
      long came = System.nanoTime();
      FaultRun run = run(fault, planned);
      putOff += longerThanItMay(System.nanoTime() - came, planned);
      runs.add(run);
      dropped = droppedSpans(reader);
      say(
          "%5.1f s  %d/%d  %s %s: %s",
          (System.nanoTime() - begin) / 1e9,
          planned.number(),
          schedule.size(),
          planned.spec().name(),
          planned.spec().component(),
          described(run));
      boolean late = came - due > TimeUnit.MILLISECONDS.toNanos(LATE_MILLIS);
      awaitRecovery(reader, run, late ? LATE_TIMEOUT : recoveryTimeout(planned));
    }
    long undisturbed = schedule.isEmpty() ? begin : System.nanoTime() + UNDISTURBED.toNanos();
    sleepUntil(Math.max(begin + settings.load().toNanos() + putOff, undisturbed));
    heal(lab, faults, runs);
    long healed = System.nanoTime();
    long healedMicros = micros();
    say("The client finishes …");
    boolean clientAlive = client.isAlive();
    boolean clientEnded = client.end(CLIENT_ENDS_WITHIN_SECONDS);
    say("Waiting for quiescence …");
    Quiescence quiescence = new Quiescence(reader);
    Double rest = quiescence.await(settings.restWithin()) ? secondsSince(healed) : null;
    say(rest == null ? "Something is still in progress." : "Quiescent after %.1f s.", rest);
    boolean audited = rest != null && isAudited(quiescence, done, healedMicros);
    Double repaired = audited && done.hasLost() ? secondsSince(healed) : null;
    sampler.close();
    audits.close();
    resourceSamples.end();
    Evidence evidence =
        reader.read(
            new EvidenceReader.Run(
                client.history(),
                sampler.stock(),
                sampler.slots(),
                done.read(),
                watched(runs, sampler, resourceSamples, dropped, beginMicros, healedMicros),
                received),
            audited);
    say(
        "Checking %d orders, %d messages, %d records …",
        evidence.orders().size(), evidence.messages().size(), evidence.topics().size());
    return CampaignReport.of(
        settings,
        evidence,
        FaultOutcome.of(runs, evidence, beginMicros),
        new CampaignReport.Course(
            beginMicros,
            healedMicros,
            rest,
            repaired,
            sampler.missed(),
            audits.heard(),
            clientAlive && clientEnded,
            choice.notPossible()));
  }

  private static long longerThanItMay(long tookNanos, PlannedFault planned) {
    long may = TimeUnit.MILLISECONDS.toNanos(planned.holdMillis()) + PUTS_OFF_AFTER.toNanos();
    return Math.max(0, tookNanos - may);
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  // The next fault waits until orders complete again, or this one's bound is over: then its time is
  // its own.
  private void awaitRecovery(EvidenceReader reader, FaultRun run, Duration timeout)
      throws InterruptedException {
    Long injected = run.injectedMicros();
    long end = System.nanoTime() + timeout.toNanos();
    while (injected != null && System.nanoTime() < end) {
      try {
        if (reader.count("order", PLACED_SINCE_AND_COMPLETED.formatted(injected)) > 0) {
          return;
        }
      } catch (SQLException away) {
        // The database has not recovered, then.
      }
      Thread.sleep(200);
    }
  }

  private static Duration recoveryTimeout(PlannedFault planned) {
    Integer bound = planned.spec().boundSeconds();
    return Duration.ofSeconds(bound == null ? 0 : bound);
  }

  private static Watched watched(
      List<FaultRun> runs,
      Sampler sampler,
      ResourceSamples resourceSamples,
      long dropped,
      long beginMicros,
      long healedMicros) {
    List<FaultRun> injected = runs.stream().filter(run -> run.injectedMicros() != null).toList();
    return new Watched(
        sampler.balances(),
        resourceSamples.read(),
        injected.isEmpty() ? null : injected.get(0).injectedMicros(),
        injected.stream()
            .mapToLong(run -> undisturbedSince(run, healedMicros))
            .max()
            .orElse(beginMicros),
        dropped,
        injected.stream()
            .filter(run -> run.planned().spec().name().startsWith("clock"))
            .map(
                run ->
                    new ClockStep(
                        run.planned().spec().id(), Objects.requireNonNull(run.injectedMicros())))
            .toList());
  }

  private static long droppedSpans(EvidenceReader reader) {
    try {
      return reader.droppedSpans();
    } catch (IOException e) {
      throw new LabException("dropped spans", e);
    }
  }

  private static long undisturbedSince(FaultRun run, long healedMicros) {
    Long healed = run.healedMicros();
    return run.notHealed() == null && healed != null ? healed : healedMicros;
  }

  // Lost events are published again though no service consumes them.
  private boolean isAudited(Quiescence quiescence, InterventionLog done, long healedMicros)
      throws InterruptedException {
    if (!done.hasLost()) {
      return true;
    }
    say("Waiting for the reconcilers …");
    boolean audited = quiescence.awaitReconciled(settings.restWithin(), healedMicros);
    say(audited ? "All lost messages are published again." : "The reconcilers are not done.");
    return audited;
  }

  // A fault that cannot be healed is reported; the platform then does not become quiescent, which
  // is a violation.
  private void heal(LabPlatform lab, Map<String, Fault> faults, List<FaultRun> runs) {
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

  // Those that contend end before the first fault, or the verdict says that they did not.
  private void awaitFirstOrders(EvidenceReader reader) throws InterruptedException {
    if (!reaches(reader, COMPLETED, FIRST_ORDERS, FIRST_ORDERS_WITHIN)) {
      throw new LabException("no orders complete, without any fault");
    }
    int contenders = settings.burst().contenders();
    if (!reaches(reader, CONTENDED, contenders, CONTENDED_WITHIN)) {
      say("Not all of %d orders that want the same item have ended.", contenders);
    }
  }

  private static boolean reaches(EvidenceReader reader, String sql, long count, Duration within)
      throws InterruptedException {
    long end = System.nanoTime() + within.toNanos();
    while (true) {
      try {
        if (reader.count("order", sql) >= count) {
          return true;
        }
      } catch (SQLException e) {
        throw new LabException("order-db cannot be read", e);
      }
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(200);
    }
  }

  /** Puts one fault in, holds it, takes it away. */
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
    long takenAwayMicros = micros();
    String notHealed = attempt(fault::heal);
    return failed == null
        ? new FaultRun(planned, injectedMicros, takenAwayMicros, micros(), null, notHealed)
        : new FaultRun(planned, null, null, null, failed, notHealed);
  }

  @FunctionalInterface
  private interface Step {
    void run() throws IOException, SQLException;
  }

  /** Why it failed; null where it did not. A fault that fails is reported, and the run goes on. */
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
  private static void sleepUntil(long nanos) throws InterruptedException {
    long left = nanos - System.nanoTime();
    if (left > 0) {
      TimeUnit.NANOSECONDS.sleep(left);
    }
  }

  private void say(String format, @Nullable Object... arguments) {
    progress.accept(String.format(Locale.ROOT, format, arguments));
  }
}
