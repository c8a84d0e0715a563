package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code converge operator-actions list}. */
@Command(
    name = "operator-actions",
    description = "The operator log: actions, attempts and refusals.",
    synopsisSubcommandLabel = "COMMAND")
final class OperatorActionCommands {
  private static final int MOST = 10_000;
  private static final int PAGE = 100;

  private final OperatorApi api;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  OperatorActionCommands(Supplier<Platform> platform) {
    this.api = new OperatorApi(platform);
  }

  private record Line(Part service, JsonNode action) {
    Instant at() {
      return Instant.parse(action.path("at").asText());
    }

    JsonNode json() {
      return JsonOption.object().put("service", service.id()).setAll((ObjectNode) action);
    }
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the newest actions in a service, or in all.")
  int list(
      @Parameters(paramLabel = "SERVICE", arity = "0..1", description = OperatorApi.SERVICE)
          @Nullable String service,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "20",
              description = "How many, 1 to 10000 (default: 20).")
          int limit,
      @Mixin JsonOption json) {
    if (limit < 1 || limit > MOST) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--limit: " + limit + " (expected: 1 to " + MOST + ")");
    }
    List<Line> lines = new ArrayList<>();
    String path = "/operator-actions?limit=" + Math.min(limit, PAGE);
    int code =
        OperatorApi.ask(
            service,
            spec.commandLine().getErr(),
            part ->
                api.first(part, path, limit).forEach(action -> lines.add(new Line(part, action))));
    if (lines.isEmpty() && code == 0 && !json.isGiven()) {
      out().println("No operator has acted.");
    }
    lines.stream()
        .sorted(Comparator.comparing(Line::at).reversed())
        .limit(limit)
        .forEach(line -> json.print(out(), line.json(), () -> print(line)));
    return code;
  }

  private void print(Line line) {
    JsonNode action = line.action();
    out()
        .printf(
            "%s  %s  %s  %s %s  %s%n    %s%n",
            Visible.line(action.path("at").asText()),
            line.service().id(),
            Visible.line(action.path("operator").asText()),
            Visible.line(action.path("action").asText()),
            Visible.line(action.path("target").asText()),
            Visible.line(action.path("outcome").asText()),
            Visible.line(action.path("reason").asText()));
    if (action.has("detail")) {
      out().printf("    %s%n", Visible.line(action.path("detail").asText()));
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
