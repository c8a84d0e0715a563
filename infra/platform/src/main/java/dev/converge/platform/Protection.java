package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The supervisor's report on the databases.
 *
 * @param all whether the loss of any primary loses nothing
 * @param lines one for each database that has standbys
 */
record Protection(boolean all, List<String> lines) {
  static Protection of(Platform platform) {
    try {
      JsonNode answer = new Http().get(platform.ports().url(Part.SUPERVISOR) + "/databases").body();
      List<String> lines = new ArrayList<>();
      answer.path("databases").forEach(line -> lines.add(line.asText()));
      return new Protection(answer.path("protected").asBoolean(), lines);
    } catch (IOException down) {
      return new Protection(
          false,
          List.of(
              "the supervisor does not answer: nothing is promoted, and commits wait for a lost"
                  + " standby"));
    }
  }
}
