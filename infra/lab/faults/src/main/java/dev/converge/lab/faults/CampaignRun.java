package dev.converge.lab.faults;

import dev.converge.lab.checker.Evidence;
import dev.converge.lab.checker.EvidenceReader;
import dev.converge.lab.checker.Observations;
import dev.converge.lab.checker.Observations.ClockStep;
import dev.converge.lab.checker.Quiescence;
import dev.converge.lab.checker.RunLog;
import dev.converge.lab.history.HistoryProcess;
import dev.converge.lab.history.OrderKind;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The phases of a campaign on a platform that runs: load, faults, quiescence, evidence. */
final class CampaignRun {
  /** How long the client may take to end: longer than it repeats an order. */
  private static final long CLIENT_ENDS_WITHIN_SECONDS = 160;

  private static final Duration FIRST_ORDERS_WITHIN = Duration.ofMinutes(1);
  private static final int FIRST_ORDERS = 20;

  private static final Duration CONTENDED_WITHIN = Duration.ofMinutes(2);

  /** For how long orders are placed after the last fault: their traces are checked. */
  private static final Duration UNDISTURBED = Duration.ofSeconds(8);

  private static final String COMPLETED = "SELECT count(*) FROM saga WHERE status = 'COMPLETED'";
  private static final String CONTENDED =
      "SELECT count(*) FROM orders WHERE ended_at IS NOT NULL AND lines @> '[{\"sku\":\""
          + OrderKind.CONTENDED_SKU
          + "\"}]'";

  private final Campaign.Settings settings;
  private final LabPlatform lab;
  private final Observers observers;
  private final HistoryProcess client;
  private final InterventionLog done;
  private final Consumer<String> progress;
  private final FaultRunner faults;

  /** The observers that sample the platform during the campaign. */
  record Observers(
      EvidenceReader reader, Sampler sampler, AuditWatch audits, ResourceSamples resources) {
    void end() throws InterruptedException {
      sampler.close();
      audits.close();
      resources.end();
    }
  }

  /**
   * The end of a run.
   *
   * @param clientEnded whether the client survived the faults and ended in order
   * @param quiescentSeconds from the healing until nothing was in progress; null for never
   * @param reconciledSeconds until lost messages were published again; null if nothing was lost
   * @param quiescent whether both happened in time
   */
  private record Ending(
      long healedMicros,
      boolean clientEnded,
      @Nullable Double quiescentSeconds,
      @Nullable Double reconciledSeconds,
      boolean quiescent) {}

  CampaignRun(
      Campaign.Settings settings,
      LabPlatform lab,
      Observers observers,
      HistoryProcess client,
      InterventionLog done,
      Consumer<String> progress) {
    this.settings = settings;
    this.lab = lab;
    this.observers = observers;
    this.client = client;
    this.done = done;
    this.progress = progress;
    this.faults = new FaultRunner(observers.reader(), progress);
  }

  CampaignReport run(FaultChoice choice, Map<String, Long> received) throws InterruptedException {
    awaitFirstOrders(observers.reader());
    observers.resources().begin();
    long beginMicros = micros();
    load(choice);
    Ending ending = drain(choice);
    observers.end();
    Evidence evidence =
        observers
            .reader()
            .read(
                new RunLog(
                    client.history(),
                    received,
                    observers.sampler().stock(),
                    observers.sampler().slots(),
                    done.read(),
                    observations(beginMicros, ending.healedMicros())),
                ending.quiescent());
    say(
        "Checking %d orders, %d messages, %d records …",
        evidence.orders().size(), evidence.messages().size(), evidence.topics().size());
    return CampaignReport.of(
        settings,
        evidence,
        FaultOutcome.of(faults.runs(), evidence, beginMicros),
        new CampaignReport.Course(
            beginMicros,
            ending.healedMicros(),
            ending.clientEnded(),
            new CampaignReport.Ending(
                ending.quiescentSeconds(),
                ending.reconciledSeconds(),
                observers.audits().observed(),
                observers.sampler().missed()),
            choice.notPossible()));
  }

  private void load(FaultChoice choice) throws InterruptedException {
    int planned = choice.schedule().size();
    say(
        "Load: %.0f orders/s for %d s; %d faults; seed %d; nodes: %s",
        settings.ordersPerSecond(),
        settings.load().toSeconds(),
        planned,
        settings.seed(),
        settings.nodes());
    long begin = System.nanoTime();
    faults.run(choice, begin);
    long undisturbed = planned == 0 ? begin : System.nanoTime() + UNDISTURBED.toNanos();
    long end = begin + settings.load().toNanos() + faults.postponedNanos();
    FaultRunner.sleepUntil(Math.max(end, undisturbed));
  }

  private Ending drain(FaultChoice choice) throws InterruptedException {
    faults.heal(lab, choice.faults());
    long healed = System.nanoTime();
    long healedMicros = micros();
    say("The client finishes …");
    boolean clientAlive = client.isAlive();
    boolean clientEnded = client.end(CLIENT_ENDS_WITHIN_SECONDS);
    say("Waiting for quiescence …");
    Quiescence quiescence = new Quiescence(observers.reader());
    Double seconds =
        quiescence.await(settings.timeouts().quiescence()) ? secondsSince(healed) : null;
    say(seconds == null ? "Something is still in progress." : "Quiescent after %.1f s.", seconds);
    boolean reconciled = seconds != null && isReconciled(quiescence, done, healedMicros);
    Double repaired = reconciled && done.hasLost() ? secondsSince(healed) : null;
    return new Ending(healedMicros, clientAlive && clientEnded, seconds, repaired, reconciled);
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  // Lost events are published again though no service consumes them.
  private boolean isReconciled(Quiescence quiescence, InterventionLog done, long healedMicros)
      throws InterruptedException {
    if (!done.hasLost()) {
      return true;
    }
    say("Waiting for the reconcilers …");
    boolean reconciled = quiescence.awaitReconciled(settings.timeouts().quiescence(), healedMicros);
    say(reconciled ? "All lost messages are published again." : "The reconcilers are not done.");
    return reconciled;
  }

  // If the contending orders do not end before the first fault, the verdict reports it.
  private void awaitFirstOrders(EvidenceReader reader) throws InterruptedException {
    if (!reaches(reader, COMPLETED, FIRST_ORDERS, FIRST_ORDERS_WITHIN)) {
      throw new LabException("no orders complete, without any fault");
    }
    int contenders = settings.burst().contenders();
    if (!reaches(reader, CONTENDED, contenders, CONTENDED_WITHIN)) {
      say("Not all of %d orders for the same item have ended.", contenders);
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

  private Observations observations(long beginMicros, long healedMicros) {
    List<FaultRun> injected =
        faults.runs().stream().filter(run -> run.injectedMicros() != null).toList();
    return new Observations(
        observers.sampler().balances(),
        observers.resources().read(),
        injected.isEmpty() ? null : injected.get(0).injectedMicros(),
        injected.stream()
            .mapToLong(run -> undisturbedSince(run, healedMicros))
            .max()
            .orElse(beginMicros),
        faults.droppedSpans(),
        injected.stream()
            .filter(run -> run.planned().spec().name().startsWith("clock"))
            .map(
                run ->
                    new ClockStep(
                        run.planned().spec().id(), Objects.requireNonNull(run.injectedMicros())))
            .toList());
  }

  private static long undisturbedSince(FaultRun run, long healedMicros) {
    Long healed = run.healedMicros();
    return run.notHealed() == null && healed != null ? healed : healedMicros;
  }

  private static long micros() {
    return TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
  }

  private void say(String format, @Nullable Object... arguments) {
    progress.accept(String.format(Locale.ROOT, format, arguments));
  }
}
