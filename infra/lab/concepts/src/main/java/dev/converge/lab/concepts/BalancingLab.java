package dev.converge.lab.concepts;

import dev.converge.lab.Lab;
import dev.converge.lab.concepts.BalancingFigures.Settings;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.ReportOptions;
import dev.converge.lab.report.SeedOption;
import dev.converge.lab.report.Usage;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code converge lab balancing}: three replicas, one of them slow. */
@Command(
    name = "balancing",
    description = {
      "Sends the same load to three HTTP servers, one ten times slower than the others, with each",
      "load balancer of Vert.x. Exit code 1 if the figures do not show a claim of the page."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class BalancingLab implements Callable<Integer>, Subcommand {
  private static final String NAME = "balancing";
  private static final int MOST_SECONDS = 20;

  @Spec private @Nullable CommandSpec spec;

  @ParentCommand private @Nullable Lab lab;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "Length of the load with each balancer, 2 to 20 (default: ${DEFAULT-VALUE}).")
  private double seconds = 6;

  @Mixin private ReportOptions output = new ReportOptions();

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() throws IOException, TimeoutException {
    Usage.require(spec, seconds >= 2 && seconds <= MOST_SECONDS, "--seconds: 2 to 20");
    long chosen = seed.orNew();
    System.err.println("Seed " + chosen);
    BalancingFigures figures = BalancingRun.of(Settings.of(chosen, seconds), System.err::println);
    output.write(
        BalancingPage.of(figures),
        output.folder(Objects.requireNonNull(lab).reportFolder("lab-" + NAME)));
    return Claim.exitCode(figures.claims());
  }
}
