package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code converge order}: places orders of a kind, by the console, as its page does. */
@Command(name = "order", description = "Places an order of a kind, or many at a rate.")
final class OrderCommand implements Callable<Integer> {
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(60);
  private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(30);

  private final ConsoleApi console;
  private final OperatorApi api;

  @Parameters(
      paramLabel = "KIND",
      arity = "0..1",
      defaultValue = "completes",
      completionCandidates = Completions.Kinds.class,
      description = "One of ${COMPLETION-CANDIDATES}; completes without it.")
  private String kind = "";

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many, 1 to 2000 (default: 1).")
  private int count;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "10",
      description = "Of many: how many a second, 1 to 100 (default: 10).")
  private int rate;

  @Option(
      names = "--wait",
      description =
          "Of one: follow it until it has ended, 60 s at most. Of many: wait until all are sent.")
  private boolean wait;

  @Mixin private JsonOption json = new JsonOption();

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  OrderCommand(Supplier<Platform> platform) {
    this.console = new ConsoleApi(platform);
    this.api = new OperatorApi(platform);
  }

  @Override
  public Integer call() {
    return count == 1 ? one() : many();
  }

  private int one() {
    JsonNode placed = console.send("POST", "/api/orders", JsonOption.object().put("kind", kind));
    String orderId = placed.path("orderId").asText();
    if (!wait) {
      json.print(out(), placed, () -> out().println(Visible.line(orderId)));
      return 0;
    }
    if (!json.isGiven()) {
      out().println(Visible.line(orderId));
    }
    return followed(orderId);
  }

  private int followed(String orderId) {
    int[] shown = {0};
    JsonNode[] last = {JsonOption.object()};
    boolean ended =
        Waits.until(
            ENDS_WITHIN,
            () -> {
              last[0] = api.get(Part.ORDER_SERVICE, "/orders/" + orderId);
              shown[0] = showFrom(last[0], shown[0]);
              return !last[0].path("status").asText().equals("PENDING");
            });
    if (!ended) {
      throw new PlatformException(
          "order "
              + Visible.line(orderId)
              + " has not ended in "
              + ENDS_WITHIN.toSeconds()
              + " s: ./converge show "
              + Visible.line(orderId));
    }
    json.print(out(), last[0], () -> out().println(OrderStory.state(last[0])));
    return 0;
  }

  // As it happens: the transitions since the last poll.
  private int showFrom(JsonNode order, int first) {
    JsonNode timeline = order.path("saga").path("timeline");
    if (!json.isGiven()) {
      for (int i = first; i < timeline.size(); i++) {
        out().println(OrderStory.transition(timeline.get(i)));
      }
    }
    return timeline.size();
  }

  private int many() {
    JsonNode begun =
        console.send(
            "POST",
            "/api/series",
            JsonOption.object().put("kind", kind).put("count", count).put("perSecond", rate));
    if (wait) {
      return allSent();
    }
    json.print(
        out(),
        begun,
        () -> out().println(count + " orders are placed, " + rate + " a second, by the console"));
    return 0;
  }

  private int allSent() {
    JsonNode[] last = {JsonOption.object()};
    Duration atMost = Duration.ofSeconds(count / rate + 1).plus(ANSWERED_WITHIN);
    boolean done =
        console.follow(
            atMost,
            event -> {
              last[0] = series(event, last[0]);
              return last[0].has("running")
                  && !last[0].path("running").asBoolean()
                  && last[0].path("count").asInt() <= last[0].path("sent").asInt();
            });
    if (!done) {
      throw new PlatformException("the orders were not sent in " + atMost.toSeconds() + " s");
    }
    int refused = last[0].path("refused").asInt();
    json.print(
        out(),
        last[0],
        () ->
            out()
                .println(
                    last[0].path("sent").asInt()
                        + " orders were sent, "
                        + refused
                        + " of them refused"));
    return refused == 0 ? 0 : 1;
  }

  private static JsonNode series(ServerEvents.Event event, JsonNode before) {
    return switch (event.name()) {
      case "series" -> event.data();
      case "hello" -> event.data().path("series");
      default -> before;
    };
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
