package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Retries many stuck sagas as a job of the console, and follows it to its end. Its set is frozen
 * when it begins. Ctrl-C stops the job.
 */
final class BulkRetry {
  private static final int MOST = 1_000;
  private static final Duration MARGIN = Duration.ofSeconds(60);
  private static final Set<String> OVER = Set.of("done", "halted", "stopped");

  private final OperatorApi api;
  private final ConsoleApi console;
  private final PrintWriter out;
  private final PrintWriter progress;
  private final boolean json;

  /**
   * @param progress where lines about the progress are printed
   */
  BulkRetry(Supplier<Platform> platform, PrintWriter out, PrintWriter progress, boolean json) {
    this.api = new OperatorApi(platform);
    this.console = new ConsoleApi(platform);
    this.out = out;
    this.progress = progress;
    this.json = json;
  }

  /** Retries the sagas that await a reply; 0 if none of them is stuck any more. */
  int run(String awaits, BulkOptions pace, OperatorOptions operator) {
    JsonNode definition = api.get(Part.ORDER_SERVICE, "/saga-definition");
    requireReply(awaits, definition);
    List<String> sagas = new ArrayList<>();
    int stuck =
        api.each(
            Part.ORDER_SERVICE,
            "/sagas/stuck",
            saga -> {
              if (awaited(saga, definition).equals(awaits)) {
                sagas.add(saga.path("orderId").asText());
              }
            });
    if (sagas.isEmpty()) {
      progress.println("No saga is stuck that awaits " + awaits + " (stuck: " + stuck + ").");
      return 0;
    }
    List<String> set = sagas.subList(0, Math.min(MOST, sagas.size()));
    if (set.size() < sagas.size()) {
      progress.println("The first " + MOST + " of " + sagas.size() + "; repeat it for the others.");
    }
    int job = console.send("POST", "/api/jobs", body(set, pace, operator)).path("job").asInt();
    return followed(job, within(set.size(), pace));
  }

  /** The reply that a saga awaits; empty if its step is unknown. */
  static String awaited(JsonNode saga, JsonNode definition) {
    String field = saga.has("abortReason") ? "undoReply" : "success";
    for (JsonNode step : definition.path("steps")) {
      if (step.path("name").asText().equals(saga.path("step").asText())) {
        return step.path(field).asText("");
      }
    }
    return "";
  }

  private static void requireReply(String awaits, JsonNode definition) {
    List<String> replies = new ArrayList<>();
    for (JsonNode step : definition.path("steps")) {
      replies.add(step.path("success").asText());
      if (step.has("undoReply")) {
        replies.add(step.path("undoReply").asText());
      }
    }
    if (!replies.contains(awaits)) {
      throw new PlatformException(
          "no saga awaits "
              + Visible.line(awaits)
              + " (expected: "
              + Visible.line(String.join(", ", replies))
              + ")");
    }
  }

  private static ObjectNode body(List<String> set, BulkOptions pace, OperatorOptions operator) {
    ObjectNode body =
        JsonOption.object()
            .put("action", "retry")
            .put("operator", operator.operator())
            .put("reason", operator.reason())
            .put("canary", pace.canary())
            .put("perSecond", pace.rate())
            .put("stopAfter", pace.stopAfter())
            .put("judgeAfterSeconds", pace.judgeAfterSeconds());
    ArrayNode sagas = body.putArray("sagas");
    set.forEach(orderId -> sagas.addObject().put("orderId", orderId));
    return body;
  }

  private static Duration within(int sagas, BulkOptions pace) {
    return Duration.ofSeconds(sagas / Math.max(1, pace.rate()) + 2L * pace.judgeAfterSeconds())
        .plus(MARGIN);
  }

  private int followed(int job, Duration within) {
    JsonNode[] last = {JsonOption.object()};
    LastAct stop = LastAct.of("stop", () -> stop(job));
    boolean over;
    try {
      over = console.follow(within, event -> shownUntilOver(event, job, last));
    } finally {
      stop.cancel();
    }
    if (!over) {
      throw new PlatformException(
          "job " + job + " is not over after " + within.toSeconds() + " s: ./converge console");
    }
    if (!json) {
      out.println(line(last[0]));
    }
    return isClean(last[0]) ? 0 : 1;
  }

  private boolean shownUntilOver(ServerEvents.Event event, int id, JsonNode[] last) {
    JsonNode now = job(event, id);
    if (!now.isMissingNode() && !now.equals(last[0])) {
      last[0] = now;
      show(now);
    }
    return OVER.contains(now.path("state").asText()) && isJudged(now);
  }

  private void show(JsonNode job) {
    if (json) {
      out.println(job);
    } else {
      progress.println(line(job));
    }
  }

  private void stop(int job) {
    console.send("POST", "/api/jobs/" + job + "/stop", JsonOption.object());
    progress.println("Job " + job + " is stopped; the rest is not touched: ./converge sagas list");
  }

  private static JsonNode job(ServerEvents.Event event, int id) {
    for (JsonNode job : event.data().path("jobs")) {
      if (job.path("id").asInt() == id) {
        return job;
      }
    }
    return MissingNode.getInstance();
  }

  private static boolean isJudged(JsonNode job) {
    return !job.path("outcomes").has("sent");
  }

  // A saga that refused was not stuck any more.
  private static boolean isClean(JsonNode job) {
    JsonNode outcomes = job.path("outcomes");
    return job.path("state").asText().equals("done")
        && !outcomes.has("stuck-again")
        && !outcomes.has("unknown");
  }

  /** A job in a line for people. */
  static String line(JsonNode job) {
    List<String> words = new ArrayList<>();
    job.path("outcomes")
        .properties()
        .forEach(
            outcome ->
                words.add(outcome.getValue().asInt() + " " + outcome.getKey().replace('-', ' ')));
    String why = job.path("why").asText("");
    return Visible.line(
        "job %d, %d sagas, %s: %s%s"
            .formatted(
                job.path("id").asInt(),
                job.path("total").asInt(),
                job.path("state").asText(),
                String.join(", ", words),
                why.isEmpty() ? "" : " (" + why + ")"));
  }
}
