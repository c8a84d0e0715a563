package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code converge trace}: the trace of an order, from the trace UI's API. */
@Command(name = "trace", description = "Prints the trace of an order as a waterfall.")
final class TraceCommand implements Callable<Integer> {
  private static final Pattern TRACE_ID = Pattern.compile("[0-9a-f]{32}$");

  private final Supplier<Platform> platform;
  private final OperatorApi api;
  private final Http http = new Http();

  @Parameters(paramLabel = "ORDER", description = "The order's id.")
  private @Nullable UUID orderId;

  @Mixin private JsonOption json = new JsonOption();

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  TraceCommand(Supplier<Platform> platform) {
    this.platform = platform;
    this.api = new OperatorApi(platform);
  }

  @Override
  public Integer call() {
    String link =
        api.get(Part.ORDER_SERVICE, "/orders/" + orderId).path("links").path("trace").asText("");
    Matcher traceId = TRACE_ID.matcher(link);
    if (!traceId.find()) {
      throw new PlatformException("order " + orderId + " has no trace");
    }
    JsonNode spans = spans(traceId.group());
    PrintWriter out = spec.commandLine().getOut();
    json.print(out, spans, () -> Waterfall.lines(spans).forEach(out::println));
    return 0;
  }

  private JsonNode spans(String traceId) {
    String url = platform.get().ports().url(Part.ZIPKIN) + "/api/v2/trace/" + traceId;
    try {
      Http.Answer answer = http.get(url);
      if (answer.status() != 200 || !answer.body().isArray()) {
        throw new PlatformException(
            "zipkin has no trace "
                + traceId
                + " (yet): it keeps the newest, and receives spans some seconds late");
      }
      return answer.body();
    } catch (IOException e) {
      throw new PlatformException("zipkin cannot be reached: ./converge start zipkin", e);
    }
  }
}
