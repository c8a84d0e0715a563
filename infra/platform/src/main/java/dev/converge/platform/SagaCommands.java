package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code converge sagas list|show|retry|skip|compensate}. */
@Command(
    name = "sagas",
    description = "Stuck sagas: shows and resumes them.",
    synopsisSubcommandLabel = "COMMAND")
final class SagaCommands {
  private static final String ORDER = "The order's id.";

  private final Supplier<Platform> platform;
  private final OperatorApi api;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  SagaCommands(Supplier<Platform> platform) {
    this.platform = platform;
    this.api = new OperatorApi(platform);
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the sagas that are stuck.")
  int list(@Mixin JsonOption json) {
    int count =
        api.each(
            Part.ORDER_SERVICE, "/sagas/stuck", saga -> json.print(out(), saga, () -> print(saga)));
    if (count == 0 && !json.isGiven()) {
      out().println("No saga is stuck.");
    }
    return 0;
  }

  private void print(JsonNode saga) {
    String way =
        saga.has("abortReason")
            ? "compensating " + Visible.line(saga.path("abortReason").asText())
            : "forward";
    out()
        .printf(
            "%s  %s  attempt %d  %s%n",
            Visible.line(saga.path("orderId").asText()),
            Visible.line(saga.path("step").asText()),
            saga.path("attempt").asInt(),
            way);
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows a saga: its state, timeline, messages, order.")
  int show(
      @Parameters(paramLabel = "ID", description = ORDER) UUID orderId, @Mixin JsonOption json) {
    JsonNode saga = api.get(Part.ORDER_SERVICE, "/sagas/" + orderId);
    json.print(out(), saga, () -> out().println(saga.toPrettyString()));
    return 0;
  }

  @Command(
      name = "retry",
      mixinStandardHelpOptions = true,
      description = {
        "Sends the awaited message again, as attempt 1.",
        "With --awaits, for all stuck sagas of a kind, as a job of the console: the first is judged"
            + " before the others follow, at a rate. Ctrl-C stops it."
      })
  int retry(
      @Parameters(paramLabel = "ID", arity = "0..1", description = ORDER) @Nullable UUID orderId,
      @Mixin BulkOptions bulk,
      @Mixin OperatorOptions options,
      @Mixin JsonOption json) {
    String awaits = bulk.awaits();
    if (orderId != null && awaits == null) {
      return act(orderId, "retry", options, json);
    }
    if (orderId == null && awaits != null) {
      return new BulkRetry(platform, out(), spec.commandLine().getErr(), json.isGiven())
          .run(awaits, bulk, options);
    }
    throw new CommandLine.ParameterException(
        spec.subcommands().get("retry"), "either an ID or --awaits REPLY is needed");
  }

  @Command(
      name = "skip",
      mixinStandardHelpOptions = true,
      description = "Skips the awaited reply: the saga continues as if it had arrived.")
  int skip(
      @Parameters(paramLabel = "ID", description = ORDER) UUID orderId,
      @Mixin OperatorOptions options,
      @Mixin JsonOption json) {
    return act(orderId, "skip", options, json);
  }

  @Command(
      name = "compensate",
      mixinStandardHelpOptions = true,
      description = "Abandons a step after the pivot and undoes the steps before it.")
  int compensate(
      @Parameters(paramLabel = "ID", description = ORDER) UUID orderId,
      @Mixin OperatorOptions options,
      @Mixin JsonOption json) {
    return act(orderId, "compensate", options, json);
  }

  private int act(UUID orderId, String action, OperatorOptions options, JsonOption json) {
    JsonNode order = api.act(Part.ORDER_SERVICE, "/sagas/" + orderId + "/" + action, options);
    json.print(out(), order, () -> print(orderId, order));
    return 0;
  }

  private void print(UUID orderId, JsonNode order) {
    JsonNode saga = order.path("saga");
    out()
        .printf(
            "order %s is %s; its saga is %s at %s%n",
            orderId,
            Visible.line(order.path("status").asText()),
            Visible.line(saga.path("status").asText()),
            Visible.line(saga.path("step").asText()));
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
