package dev.converge.outbox.housekeeping;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A connector's state in Kafka Connect. */
sealed interface Connector {
  /** Kafka Connect does not answer, or with an error. */
  record Unknown(String reason) implements Connector {}

  /** The connector does not exist. */
  record Absent() implements Connector {}

  /** The connector is registered. */
  record Registered(Part connector, List<Part> tasks) implements Connector {
    public Registered {
      tasks = List.copyOf(tasks);
    }

    boolean isRunning() {
      return connector.is("RUNNING")
          && !tasks.isEmpty()
          && tasks.stream().allMatch(task -> task.is("RUNNING"));
    }

    boolean hasFailed() {
      return connector.is("FAILED") || tasks.stream().anyMatch(task -> task.is("FAILED"));
    }

    /** An operator has paused or stopped it. */
    boolean isHalted() {
      return connector.is("PAUSED") || connector.is("STOPPED");
    }
  }

  /**
   * The connector itself, or one of its tasks.
   *
   * @param error the stack trace of a failed part, else empty
   */
  record Part(String state, String error) {
    private static final int MOST_CHARS = 300;

    boolean is(String other) {
      return state.equals(other);
    }

    private static Part of(@Nullable JsonObject part) {
      return part == null
          ? new Part("ABSENT", "")
          : new Part(part.getString("state", "ABSENT"), part.getString("trace", ""));
    }

    /** The first line of the error, and the first line of its last cause. */
    String shortError() {
      String first = "";
      String cause = "";
      for (String line : error.lines().toList()) {
        String text = line.strip();
        if (first.isEmpty()) {
          first = text;
        } else if (text.startsWith("Caused by: ")) {
          cause = text;
        }
      }
      String all = cause.isEmpty() ? first : first + " " + cause;
      return all.length() <= MOST_CHARS ? all : all.substring(0, MOST_CHARS) + "…";
    }
  }

  /** Parses the answer to a request for a connector's status. */
  static Connector of(int status, Buffer body) {
    if (status == 404) {
      return new Absent();
    }
    if (status != 200) {
      return new Unknown("it answers " + status);
    }
    JsonObject answer = new JsonObject(body);
    List<Part> tasks = new ArrayList<>();
    answer
        .getJsonArray("tasks", new JsonArray())
        .forEach(task -> tasks.add(Part.of((JsonObject) task)));
    return new Registered(Part.of(answer.getJsonObject("connector")), tasks);
  }
}
