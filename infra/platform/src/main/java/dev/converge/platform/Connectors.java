package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Registers the connectors and waits until their tasks run. Idempotent. One that an operator has
 * paused or stopped stays so, and is not waited for.
 */
final class Connectors {
  private enum State {
    RUNNING,
    HALTED,
    OTHER
  }

  private static final Duration WITHIN = Duration.ofSeconds(90);

  private final String connectUrl;
  private final Http http;

  Connectors(String connectUrl, Http http) {
    this.connectUrl = connectUrl;
    this.http = http;
  }

  /**
   * Registers the connector of a file, under the file's name.
   *
   * @return whether it runs; false if it is paused or stopped
   */
  boolean register(Path file) {
    String name = String.valueOf(file.getFileName()).replace(".json", "");
    String config;
    try {
      config = Files.readString(file);
    } catch (IOException e) {
      throw new PlatformException("connector " + name + ": " + e, e);
    }
    StringBuilder last = new StringBuilder("no answer from " + connectUrl);
    // 409 while the worker rebalances, refused while it starts: both are waited out.
    boolean put = Waits.until(WITHIN, () -> put(name, config, last));
    State[] state = {State.OTHER};
    boolean settled =
        put
            && Waits.until(
                WITHIN,
                () -> {
                  state[0] = state(name, last);
                  return state[0] != State.OTHER;
                });
    if (!settled) {
      throw new PlatformException("connector " + name + ": " + last);
    }
    if (state[0] == State.HALTED) {
      System.out.println(
          "connector %s is paused or stopped, and no message of its outbox is sent; resume it: curl -X PUT %s/connectors/%s/resume"
              .formatted(name, connectUrl, name));
    }
    return state[0] == State.RUNNING;
  }

  private boolean put(String name, String config, StringBuilder last) {
    try {
      Http.Answer answer = http.send("PUT", connectUrl + "/connectors/" + name + "/config", config);
      last.replace(0, last.length(), answer.status() + " " + answer.raw().body());
      if (answer.status() == 400) {
        throw new PlatformException("connector " + name + ": " + last);
      }
      return answer.status() == 200 || answer.status() == 201;
    } catch (IOException e) {
      last.replace(0, last.length(), String.valueOf(e));
      return false;
    }
  }

  private State state(String name, StringBuilder last) {
    try {
      JsonNode status = http.get(connectUrl + "/connectors/" + name + "/status").body();
      last.replace(0, last.length(), status.toString());
      JsonNode task = status.path("tasks").path(0);
      if (task.path("state").asText().equals("FAILED")) {
        Http.Answer restarted =
            http.send(
                "POST",
                connectUrl + "/connectors/" + name + "/restart?includeTasks=true&onlyFailed=true",
                null);
        last.append(" restarted: ").append(restarted.status());
      }
      return state(status.path("connector").path("state").asText(), task.path("state").asText());
    } catch (IOException e) {
      last.replace(0, last.length(), String.valueOf(e));
      return State.OTHER;
    }
  }

  // A paused connector keeps its tasks, a stopped one has none.
  private static State state(String connector, String task) {
    if (connector.equals("PAUSED") || connector.equals("STOPPED")) {
      return State.HALTED;
    }
    return connector.equals("RUNNING") && task.equals("RUNNING") ? State.RUNNING : State.OTHER;
  }
}
