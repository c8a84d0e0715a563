package dev.converge.lab.scale;

import dev.converge.lab.Lab;
import dev.converge.lab.report.ReportOptions;
import dev.converge.lab.scale.ScaleResult.Instances;
import dev.converge.lab.scale.ScaleResult.Rebalance;
import dev.converge.lab.scale.ScaleResult.Slots;
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
      "instance joins, leaves or is killed. Exit code 1 if a goal is not met."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class ScaleLab implements Callable<Integer>, Subcommand {
  private static final String NAME = "lab-scale";

  @ParentCommand private @Nullable Lab lab;

  @Option(names = "--quick", description = "1 and 2 of each, with fewer rows and shorter loads.")
  private boolean quick;

  @Mixin private ReportOptions output = new ReportOptions();

  /** How much is measured. */
  record Extent(List<Integer> counts, int rows, Duration load, Duration rebalance) {
    static final Extent FULL =
        new Extent(List.of(1, 2, 4), 100_000, Duration.ofSeconds(30), Duration.ofSeconds(15));
    static final Extent QUICK =
        new Extent(List.of(1, 2), 20_000, Duration.ofSeconds(9), Duration.ofSeconds(10));
  }

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() throws IOException {
    Lab known = Objects.requireNonNull(lab);
    var folder = output.folder(known.reportFolder(NAME));
    ScaleResult result =
        run(known.layout(NAME), quick ? Extent.QUICK : Extent.FULL, System.err::println);
    output.write(ScalePage.of(result), folder);
    return result.allMet() ? 0 : 1;
  }

  /** Measures everything, on platforms of its own. */
  static ScaleResult run(Layout layout, Extent extent, Consumer<String> progress) {
    List<Slots> slots = new ArrayList<>();
    try (SlotMeasurement measurement = new SlotMeasurement(platform(layout, "slots"))) {
      measurement.start();
      for (int count : extent.counts()) {
        progress.accept(count + " slots …");
        slots.add(measurement.measure(count, extent.rows()));
      }
    }
    List<Instances> instances = new ArrayList<>();
    List<Rebalance> rebalances;
    try (InstanceMeasurement measurement =
        new InstanceMeasurement(platform(layout, "instances"), Collections.max(extent.counts()))) {
      measurement.start();
      progress.accept("rebalances …");
      rebalances = measurement.rebalances(extent.rebalance());
      for (int count : extent.counts()) {
        progress.accept(count + " instances …");
        instances.add(measurement.measure(count, extent.load()));
      }
    }
    return new ScaleResult(
            Runtime.getRuntime().availableProcessors(), slots, instances, rebalances, List.of())
        .withGoals();
  }

  private static Platform platform(Layout layout, String name) {
    return new Platform(
        new Layout(layout.root(), layout.state().resolve(name)), Ports.free(), Map.of());
  }
}
