package dev.converge.lab.scale;

import dev.converge.lab.Lab;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Machine;
import dev.converge.lab.report.ReportOptions;
import dev.converge.lab.report.SeedOption;
import dev.converge.lab.scale.ScaleFigures.Instances;
import dev.converge.lab.scale.ScaleFigures.Rebalance;
import dev.converge.lab.scale.ScaleFigures.Settings;
import dev.converge.lab.scale.ScaleFigures.Slots;
import dev.converge.platform.Layout;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code converge lab scale}: more slots and more instances. */
@Command(
    name = "scale",
    description = {
      "Measures 1, 2 and 4 replication slots of one outbox, each with a publication that filters",
      "rows by a hash of the key, then 1, 2 and 4 instances of each service, and the gap when an",
      "instance joins, leaves or is killed. Exit code 1 if the figures do not show a claim of the",
      "page."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class ScaleLab implements Callable<Integer>, Subcommand {
  private static final String NAME = "lab-scale";

  @ParentCommand private @Nullable Lab lab;

  @Option(names = "--quick", description = "1 and 2 of each, with fewer rows and shorter loads.")
  private boolean quick;

  @Mixin private SeedOption seed = new SeedOption();

  @Mixin private ReportOptions output = new ReportOptions();

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() throws IOException {
    Lab known = Objects.requireNonNull(lab);
    Settings settings = quick ? quick(seed.orNew()) : full(seed.orNew());
    System.err.println("Seed " + settings.seed());
    ScaleFigures figures = run(known.layout(NAME), settings, System.err::println);
    output.write(ScalePage.of(figures), output.folder(known.reportFolder(NAME)));
    return Claim.exitCode(figures.claims());
  }

  private static Settings full(long seed) {
    return new Settings(seed, List.of(1, 2, 4), 100_000, 30_000, 15_000);
  }

  private static Settings quick(long seed) {
    return new Settings(seed, List.of(1, 2), 20_000, 9_000, 10_000);
  }

  /** Measures everything, on platforms of its own. */
  static ScaleFigures run(Layout layout, Settings settings, Consumer<String> progress) {
    List<Slots> slots = new ArrayList<>();
    try (SlotMeasurement measurement =
        new SlotMeasurement(platform(layout, "slots"), settings.seed())) {
      measurement.start();
      for (int count : settings.counts()) {
        progress.accept(ScalePage.counted(count, "slot") + " …");
        slots.add(measurement.measure(count, settings.rows()));
      }
    }
    List<Instances> instances = new ArrayList<>();
    List<Rebalance> rebalances;
    try (InstanceMeasurement measurement =
        new InstanceMeasurement(
            platform(layout, "instances"), Collections.max(settings.counts()), settings.seed())) {
      measurement.start();
      progress.accept("rebalances …");
      rebalances = measurement.rebalances(Duration.ofMillis(settings.rebalanceMillis()));
      for (int count : settings.counts()) {
        progress.accept(ScalePage.counted(count, "instance") + " …");
        instances.add(measurement.measure(count, Duration.ofMillis(settings.loadMillis())));
      }
    }
    return new ScaleFigures(settings, Machine.here(), slots, instances, rebalances);
  }

  private static Platform platform(Layout layout, String name) {
    return new Platform(
        new Layout(layout.root(), layout.state().resolve(name)), Ports.free(), Map.of());
  }
}
