package dev.converge.lab.concepts;

import dev.converge.lab.Lab;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Machine;
import dev.converge.lab.report.ReportOptions;
import dev.converge.lab.report.SeedOption;
import dev.converge.lab.report.Usage;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code converge lab hashing}: which replica owns which order. */
@Command(
    name = "hashing",
    description = {
      "Assigns order ids to three replicas and then to four: by Vert.x' ring, a sound ring,",
      "jump hash and hash % n. Exit code 1 if the figures do not show a claim of the page."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class HashingLab implements Callable<Integer>, Subcommand {
  private static final String NAME = "hashing";
  private static final int LEAST_KEYS = 20_000;
  private static final int MOST_KEYS = 2_000_000;

  @Spec private @Nullable CommandSpec spec;

  @ParentCommand private @Nullable Lab lab;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(
      names = "--keys",
      paramLabel = "N",
      description = "Number of order ids (default: ${DEFAULT-VALUE}).")
  private int keys = 100_000;

  @Mixin private ReportOptions output = new ReportOptions();

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() throws IOException {
    Usage.require(
        spec,
        keys >= LEAST_KEYS && keys <= MOST_KEYS,
        "--keys: " + LEAST_KEYS + " to " + MOST_KEYS);
    long chosen = seed.orNew();
    System.err.println("Seed " + chosen);
    HashingFigures figures = HashingFigures.of(chosen, keys, Machine.here(), System.err::println);
    output.write(
        HashingPage.of(figures),
        output.folder(Objects.requireNonNull(lab).reportFolder("lab-" + NAME)));
    return Claim.exitCode(figures.claims());
  }
}
