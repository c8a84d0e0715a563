package dev.converge.lab.schedules;

import dev.converge.lab.report.SeedOption;
import dev.converge.lab.report.Usage;
import dev.converge.platform.Subcommand;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code converge lab simulate-protocols}: the schedules of the commit protocols. */
@Command(
    name = "simulate-protocols",
    description =
        "Searches the schedules of the commit protocols for one that violates atomicity: every"
            + " schedule of one transaction, and random ones of several.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class SimulateProtocols implements Callable<Integer>, Subcommand {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..*",
      split = ",",
      description =
          "Protocols (default: all): tcc, 2pc, 2pc-quorum, 3pc, 3pc-mirror, 3pc-termination,"
              + " 3pc-termination-mirror, dual-write, dual-write-call-first, saga.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--mutation",
      paramLabel = "NAME",
      description = "Make a mistake on purpose, which must be found: ${COMPLETION-CANDIDATES}.")
  private @Nullable Mutation mutation;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      description =
          "Search these schedules only: ${COMPLETION-CANDIDATES} (default: each of them).")
  private @Nullable Network network;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "How many random schedules of each protocol (default: ${DEFAULT-VALUE}).")
  private int seeds = 20_000;

  @Mixin private SeedOption seed = new SeedOption();

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() {
    Usage.require(spec, seeds >= 0, "--seeds: at least 0");
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    List<Network> networks = network == null ? List.of(Network.values()) : List.of(network);
    Mutation wanted = mutation;
    return wanted == null
        ? new ProtocolReport(out, chosen(), networks).run(seed.orNew(), seeds)
        : new MutationReport(out, wanted).run(mutated(wanted), networks, seed.orNew(), seeds);
  }

  private List<String> chosen() {
    List<String> known = ProtocolReport.names();
    names.stream().filter(name -> !known.contains(name)).findFirst().ifPresent(this::refuse);
    return names.isEmpty() ? known : List.copyOf(names);
  }

  private SimulatedProtocol mutated(Mutation wanted) {
    if (names.size() > 1) {
      refuse(String.join(" ", names));
    }
    String name = names.isEmpty() ? wanted.protocol() : names.get(0);
    return SimulatedProtocol.named(name).orElseThrow(() -> refused(name));
  }

  private void refuse(String name) {
    throw refused(name);
  }

  private ParameterException refused(String name) {
    return new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "not a protocol of this command: " + name);
  }
}
