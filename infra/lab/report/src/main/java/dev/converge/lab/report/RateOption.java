package dev.converge.lab.report;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option {@code --rate} of a command that puts a platform under load. */
public final class RateOption {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Orders a second, independent of the answers (default: ${DEFAULT-VALUE}).")
  private double rate = 20;

  /** Whether the user chose the rate. */
  public boolean isChosen() {
    return command != null && command.commandLine().getParseResult().hasMatchedOption("--rate");
  }

  /** Orders a second. Refuses a rate that is not between these limits. */
  public double between(int least, int limit) {
    Usage.require(
        command,
        rate >= least && rate <= limit,
        "--rate: at least " + least + ", at most " + limit);
    return rate;
  }

  /** Orders a second. Refuses a rate of 0 or less, and one above the limit. */
  public double atMost(int limit) {
    Usage.require(command, rate > 0 && rate <= limit, "--rate: above 0, at most " + limit);
    return rate;
  }
}
