package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code converge dead-letters list|show|replay}. */
@Command(
    name = "dead-letters",
    description = "Messages that could not be handled: shows and replays them.",
    synopsisSubcommandLabel = "COMMAND")
final class DeadLetterCommands {

  private final OperatorApi api;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  DeadLetterCommands(Supplier<Platform> platform) {
    this.api = new OperatorApi(platform);
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the dead letters of a service, or of all.")
  int list(
      @Parameters(paramLabel = "SERVICE", arity = "0..1", description = OperatorApi.SERVICE)
          @Nullable String service,
      @Option(names = "--all", description = "Include replayed ones.") boolean all,
      @Mixin JsonOption json) {
    String path = "/dead-letters?limit=100" + (all ? "&replayed=true" : "");
    AtomicInteger count = new AtomicInteger();
    int code =
        OperatorApi.ask(
            service,
            spec.commandLine().getErr(),
            part ->
                count.addAndGet(
                    api.each(
                        part,
                        path,
                        letter ->
                            json.print(out(), named(part, letter), () -> print(part, letter)))));
    if (count.get() == 0 && code == 0 && !json.isGiven()) {
      out().println("There is no dead letter.");
    }
    return code;
  }

  private static JsonNode named(Part service, JsonNode letter) {
    return JsonOption.object().put("service", service.id()).setAll((ObjectNode) letter);
  }

  private void print(Part service, JsonNode letter) {
    out()
        .printf(
            "%s %s  %s  %s  %s%n    %s%n",
            service.id(),
            Visible.line(letter.path("deadLetterId").asText()),
            Visible.line(letter.path("parkedAt").asText()),
            Visible.line(letter.path("type").asText("no type")),
            letter.has("replayedAt") ? "replayed" : "parked",
            letter.path("reason").asText().lines().findFirst().map(Visible::line).orElse(""));
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows a dead letter as it arrived.")
  int show(
      @Parameters(paramLabel = "SERVICE", description = OperatorApi.SERVICE) String service,
      @Parameters(paramLabel = "ID", description = "The dead letter's id.") UUID id,
      @Mixin JsonOption json) {
    JsonNode letter = api.get(OperatorApi.service(service), "/dead-letters/" + id);
    json.print(out(), letter, () -> out().println(letter.toPrettyString()));
    return 0;
  }

  @Command(
      name = "replay",
      mixinStandardHelpOptions = true,
      description = "Replays a dead letter: dispatches it to its handler again.")
  int replay(
      @Parameters(paramLabel = "SERVICE", description = OperatorApi.SERVICE) String service,
      @Parameters(paramLabel = "ID", description = "The dead letter's id.") UUID id,
      @Mixin OperatorOptions options,
      @Mixin JsonOption json) {
    JsonNode letter =
        api.act(OperatorApi.service(service), "/dead-letters/" + id + "/replay", options);
    json.print(
        out(),
        letter,
        () ->
            out()
                .println(
                    "dead letter " + id + " is handled, at " + letter.path("replayedAt").asText()));
    return 0;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
