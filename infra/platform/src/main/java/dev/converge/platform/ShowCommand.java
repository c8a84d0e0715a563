package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code converge show}: an order, the reply that it awaits, and the paths that it would take. */
@Command(
    name = "show",
    description = "Shows an order: what was done, what it awaits, and what would follow.")
final class ShowCommand implements Callable<Integer> {
  private final OperatorApi api;

  @Parameters(paramLabel = "ORDER", description = "The order's id.")
  private @Nullable UUID orderId;

  @Mixin private JsonOption json = new JsonOption();

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  ShowCommand(Supplier<Platform> platform) {
    this.api = new OperatorApi(platform);
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    JsonNode order = api.get(Part.ORDER_SERVICE, "/orders/" + orderId);
    json.print(out, order, () -> OrderStory.lines(order).forEach(out::println));
    return 0;
  }
}
