package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code converge provider}: the behaviour of the simulated provider, which ends by itself. */
@Command(
    name = "provider",
    description = "Shows how the simulated payment provider behaves, or switches it for some time.")
final class ProviderCommand implements Callable<Integer> {
  private final ConsoleApi console;
  private final OperatorApi api;

  @Parameters(
      paramLabel = "BEHAVIOUR",
      arity = "0..1",
      completionCandidates = Completions.Behaviours.class,
      description = "One of ${COMPLETION-CANDIDATES}; without it, the current one is shown.")
  private @Nullable String behaviour;

  @Option(
      names = "--for",
      paramLabel = "SECONDS",
      defaultValue = "60",
      converter = Seconds.class,
      description = "How long, 1 to 120 (default: 60). The console ends it.")
  private int seconds;

  @Mixin private JsonOption json = new JsonOption();

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  ProviderCommand(Supplier<Platform> platform) {
    this.console = new ConsoleApi(platform);
    this.api = new OperatorApi(platform);
  }

  @Override
  public Integer call() {
    String wanted = behaviour;
    JsonNode now =
        wanted == null
            ? api.get(Part.PAYMENT_SERVICE, "/provider")
            : console.send(
                "PUT",
                "/api/provider",
                JsonOption.object().put("behaviour", wanted).put("forSeconds", seconds));
    boolean ends = wanted != null && !wanted.equals("NORMAL");
    PrintWriter out = spec.commandLine().getOut();
    json.print(
        out,
        now,
        () ->
            out.println(
                "the provider is "
                    + Visible.line(now.path("behaviour").asText())
                    + (ends ? ", for " + seconds + " s" : "")));
    return 0;
  }
}
