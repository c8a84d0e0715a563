package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code converge transactions list|resolve|acknowledge}. */
@Command(
    name = "transactions",
    description =
        "Branches in doubt and divergences, of protocols other than the saga: shows and ends them.",
    synopsisSubcommandLabel = "COMMAND")
final class TransactionCommands {
  private final Supplier<Platform> platform;
  private final OperatorApi api;

  @Spec private CommandSpec spec;

  /** How an operator ends a branch. */
  enum Decision {
    COMMIT,
    ABORT
  }

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  TransactionCommands(Supplier<Platform> platform) {
    this.platform = platform;
    this.api = new OperatorApi(platform);
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = {
        "Lists the branches in doubt, from the databases.",
        "Also lists the branches that ended differently from their decision, until an operator"
            + " acknowledges them, and names the databases that are down."
      })
  int list(@Mixin JsonOption json) {
    List<InDoubt> branches = InDoubt.all(platform.get());
    List<Divergence> divergences = Divergence.all(platform.get());
    List<Part> unread = InDoubt.unread(platform.get());
    if (branches.isEmpty() && unread.isEmpty() && !json.isGiven()) {
      out().println("No branch is in doubt.");
    }
    unread.forEach(
        database ->
            json.print(
                out(),
                JsonOption.object().put("unreadDatabase", database.id()),
                () -> out().println(InDoubt.unreadLine(database))));
    branches.forEach(
        branch -> json.print(out(), branch.json(), () -> out().println(branch.line())));
    divergences.forEach(
        branch -> json.print(out(), branch.json(), () -> out().println(branch.line())));
    boolean isWell =
        unread.isEmpty()
            && divergences.isEmpty()
            && branches.stream().noneMatch(InDoubt::isOverdue);
    return isWell ? 0 : 1;
  }

  @Command(
      name = "resolve",
      mixinStandardHelpOptions = true,
      description = {
        "Ends a branch in doubt whose decision is lost.",
        "The operator vouches that no other branch of the transaction ends otherwise.",
        "Refused if the register of decisions answers with another decision, or if a peer of a"
            + " protocol without a register has ended otherwise."
      })
  int resolve(
      @Parameters(paramLabel = "GID", description = "The transaction's name.") String gid,
      @Option(
              names = "--decision",
              paramLabel = "COMMIT|ABORT",
              required = true,
              description = "How to end it.")
          Decision decision,
      @Option(
              names = "--service",
              paramLabel = "SERVICE",
              description = "One service's branch only; without it, each branch in doubt.")
          @Nullable String service,
      @Mixin OperatorOptions options,
      @Mixin JsonOption json) {
    List<Part> services = OperatorApi.services(service);
    List<InDoubt> branches =
        InDoubt.all(platform.get()).stream()
            .filter(branch -> branch.gid().equals(gid))
            .filter(branch -> services.contains(branch.service().part()))
            .toList();
    if (branches.isEmpty()) {
      throw new PlatformException("no branch in doubt of " + Visible.line(gid));
    }
    branches.forEach(branch -> resolve(branch, decision, options, json));
    return 0;
  }

  private void resolve(
      InDoubt branch, Decision decision, OperatorOptions options, JsonOption json) {
    JsonNode answer =
        api.act(
            branch.service().part(),
            "/transactions/" + branch.gid() + "/resolve",
            options,
            Map.of("decision", decision.name()));
    json.print(
        out(),
        ended(branch.service(), branch.gid(), answer),
        () ->
            out()
                .printf(
                    Locale.ROOT,
                    "%s: %s is %s%n",
                    branch.service().id(),
                    Visible.line(branch.gid()),
                    Visible.line(answer.path("state").asText())));
  }

  @Command(
      name = "acknowledge",
      mixinStandardHelpOptions = true,
      description = {
        "Acknowledges that branches have ended differently from their decision.",
        "Nothing else changes: compare the order in all services and repair it first."
      })
  int acknowledge(
      @Parameters(paramLabel = "GID", description = "The transaction's name.") String gid,
      @Option(
              names = "--service",
              paramLabel = "SERVICE",
              description = "One service's branch only; without it, each that diverged.")
          @Nullable String service,
      @Mixin OperatorOptions options,
      @Mixin JsonOption json) {
    List<Part> services = OperatorApi.services(service);
    List<Divergence> divergences =
        Divergence.all(platform.get()).stream()
            .filter(branch -> branch.gid().equals(gid))
            .filter(branch -> services.contains(branch.service().part()))
            .toList();
    if (divergences.isEmpty()) {
      throw new PlatformException("no divergence of " + Visible.line(gid));
    }
    divergences.forEach(branch -> acknowledge(branch, options, json));
    return 0;
  }

  private void acknowledge(Divergence branch, OperatorOptions options, JsonOption json) {
    JsonNode answer =
        api.act(branch.service().part(), "/transactions/" + branch.gid() + "/acknowledge", options);
    json.print(
        out(),
        ended(branch.service(), branch.gid(), answer),
        () ->
            out()
                .printf(
                    Locale.ROOT,
                    "%s: %s is acknowledged; its branch is %s%n",
                    branch.service().id(),
                    Visible.line(branch.gid()),
                    Visible.line(answer.path("state").asText())));
  }

  private static JsonNode ended(Topology.Service service, String gid, JsonNode answer) {
    return JsonOption.object()
        .put("service", service.id())
        .put("gid", gid)
        .put("state", answer.path("state").asText());
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
