package dev.converge.lab.faults;

import dev.converge.lab.checker.EvidenceReader;
import dev.converge.lab.history.ConcurrentBurst;
import dev.converge.lab.history.HistoryPlan;
import dev.converge.lab.history.HistoryProcess;
import dev.converge.platform.Layout;
import dev.converge.platform.Ports;
import dev.converge.platform.Scale;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs a fresh platform under load and faults, and reports what the checker finds. */
final class Campaign {
  private final Settings settings;
  private final Layout layout;
  private final PlatformVariant variant;
  private final Consumer<String> progress;

  /**
   * The settings of a run.
   *
   * @param faults their number; they are injected one after the other
   * @param only fault names, components or both as {@code kill:kafka}; empty for all
   * @param burst requests before the first fault
   * @param scale how many nodes each role has
   */
  record Settings(
      long seed,
      Duration load,
      int faults,
      List<String> only,
      double ordersPerSecond,
      ConcurrentBurst burst,
      Timeouts timeouts,
      Scale scale) {
    Settings(
        long seed,
        Duration load,
        int faults,
        List<String> only,
        double ordersPerSecond,
        ConcurrentBurst burst) {
      this(seed, load, faults, only, ordersPerSecond, burst, Timeouts.STANDARD, Scale.SMALLEST);
    }

    Settings withScale(Scale other) {
      return new Settings(seed, load, faults, only, ordersPerSecond, burst, timeouts, other);
    }

    /** The number of nodes by the name of their role. */
    Map<String, Integer> nodes() {
      Map<String, Integer> nodes = new TreeMap<>();
      scale.numbers().forEach((role, number) -> nodes.put(role.id(), number));
      return nodes;
    }

    boolean wants(FaultSpec spec) {
      return only.isEmpty() || only.stream().anyMatch(spec::isCalled);
    }
  }

  /**
   * The timeouts of a run.
   *
   * @param client how long the client repeats an order that is not answered
   * @param quiescence how long the platform may take to become quiescent
   */
  record Timeouts(Duration client, Duration quiescence) {
    static final Timeouts STANDARD = new Timeouts(Duration.ofSeconds(90), Duration.ofMinutes(3));
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
    try (LabPlatform lab = new LabPlatform(layout, Ports.free(), variant, settings.scale())) {
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
          ResourceSamples resources = new ResourceSamples(lab.services(), reader);
          HistoryProcess client = client(lab)) {
        CampaignRun.Observers observers =
            new CampaignRun.Observers(reader, sampler, audits, resources);
        return new CampaignRun(settings, lab, observers, client, done, progress)
            .run(choice, received);
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
            settings.timeouts().client().toSeconds(),
            history.toString()),
        layout.state().resolve("history-client.log"));
  }

  private void say(String format, @Nullable Object... arguments) {
    progress.accept(String.format(Locale.ROOT, format, arguments));
  }
}
