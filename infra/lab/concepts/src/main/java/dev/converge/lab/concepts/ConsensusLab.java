package dev.converge.lab.concepts;

import dev.converge.lab.Lab;
import dev.converge.lab.concepts.ConsensusFigures.Fault;
import dev.converge.lab.concepts.ConsensusFigures.Settings;
import dev.converge.lab.concepts.ConsensusFigures.Victim;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.ReportOptions;
import dev.converge.lab.report.SeedOption;
import dev.converge.lab.report.Usage;
import dev.converge.platform.Layout;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code converge lab consensus}: three brokers, one of which fails. */
@Command(
    name = "consensus",
    description = {
      "Kills, pauses and cuts off the leader of a partition, then the active controller, of three",
      "Kafka brokers, under producers with acks=all and acks=1; counts acknowledged records that",
      "are lost. Exit code 1 if the figures do not show a claim of the page."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class ConsensusLab implements Callable<Integer>, Subcommand {
  private static final String NAME = "consensus";
  private static final int MOST_ROUNDS = 20;
  private static final int RECORDS_PER_SECOND = 100;
  private static final int MOST_LAG_MILLIS = 2_000;

  @Spec private @Nullable CommandSpec spec;

  @ParentCommand private @Nullable Lab lab;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Rounds with each victim and fault, 1 to 20 (default: ${DEFAULT-VALUE}).")
  private int rounds = 1;

  @Option(
      names = "--lag",
      paramLabel = "MILLIS",
      description = {
        "How late copies travel, each way, before a leader is killed or paused, 0 to 2000",
        "(default: ${DEFAULT-VALUE})."
      })
  private long lagMillis = 500;

  @Mixin private ReportOptions output = new ReportOptions();

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() throws IOException, InterruptedException, TimeoutException {
    Usage.require(spec, rounds >= 1 && rounds <= MOST_ROUNDS, "--rounds: 1 to 20");
    Usage.require(spec, lagMillis >= 0 && lagMillis <= MOST_LAG_MILLIS, "--lag: 0 to 2000");
    Lab known = Objects.requireNonNull(lab);
    Settings settings = settings(seed.orNew(), lagMillis, rounds);
    System.err.println("Seed " + settings.seed());
    ConsensusFigures figures = run(known.layout("lab-" + NAME), settings, System.err::println);
    output.write(ConsensusPage.of(figures), output.folder(known.reportFolder("lab-" + NAME)));
    return Claim.exitCode(figures.claims());
  }

  /** Every victim and fault. */
  static Settings settings(long seed, long lagMillis, int rounds) {
    return new Settings(
        seed,
        RECORDS_PER_SECOND,
        lagMillis,
        rounds,
        List.of(Victim.values()),
        List.of(Fault.values()));
  }

  /** Runs on three brokers of its own. */
  static ConsensusFigures run(Layout layout, Settings settings, Consumer<String> progress)
      throws IOException, InterruptedException, TimeoutException {
    progress.accept("starting three brokers");
    try (LinkedBrokers brokers = LinkedBrokers.start(layout)) {
      return new ConsensusRun(brokers, settings, progress).run();
    }
  }
}
