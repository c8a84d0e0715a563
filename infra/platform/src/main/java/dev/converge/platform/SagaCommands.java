package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.UUID;
import java.util.function.Supplier;
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

  private final OperatorApi api;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  SagaCommands(Supplier<Platform> platform) {
    this.api = new OperatorApi(platform);
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the sagas that are stuck.")
  int list() {
    int count = api.each(Part.ORDER_SERVICE, "/sagas/stuck", this::print);
    if (count == 0) {
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
  int show(@Parameters(paramLabel = "ID", description = ORDER) UUID orderId) {
    out().println(api.get(Part.ORDER_SERVICE, "/sagas/" + orderId).toPrettyString());
    return 0;
  }

  @Command(
      name = "retry",
      mixinStandardHelpOptions = true,
      description = "Sends the awaited message again, as attempt 1.")
  int retry(
      @Parameters(paramLabel = "ID", description = ORDER) UUID orderId,
      @Mixin OperatorOptions options) {
    return act(orderId, "retry", options);
  }

  @Command(
      name = "skip",
      mixinStandardHelpOptions = true,
      description = "Skips the awaited reply: the saga continues as if it had arrived.")
  int skip(
      @Parameters(paramLabel = "ID", description = ORDER) UUID orderId,
      @Mixin OperatorOptions options) {
    return act(orderId, "skip", options);
  }

  @Command(
      name = "compensate",
      mixinStandardHelpOptions = true,
      description = "Abandons a step after the pivot and undoes the steps before it.")
  int compensate(
      @Parameters(paramLabel = "ID", description = ORDER) UUID orderId,
      @Mixin OperatorOptions options) {
    return act(orderId, "compensate", options);
  }

  private int act(UUID orderId, String action, OperatorOptions options) {
    JsonNode order = api.act(Part.ORDER_SERVICE, "/sagas/" + orderId + "/" + action, options);
    JsonNode saga = order.path("saga");
    out()
        .printf(
            "order %s is %s; its saga is %s at %s%n",
            orderId,
            Visible.line(order.path("status").asText()),
            Visible.line(saga.path("status").asText()),
            Visible.line(saga.path("step").asText()));
    return 0;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
