package dev.converge.platform;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;

/** Reads a stream of server-sent events line by line. */
final class ServerEvents {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NAME = "event: ";
  private static final String DATA = "data: ";

  private String name = "";
  private String data = "";

  /** An event, with its data as JSON. */
  record Event(String name, JsonNode data) {}

  /** The event that a line completes, if it does. */
  Optional<Event> accept(String line) {
    if (line.startsWith(NAME)) {
      name = line.substring(NAME.length());
    } else if (line.startsWith(DATA)) {
      data = line.substring(DATA.length());
    } else if (line.isEmpty()) {
      return ended();
    }
    return Optional.empty();
  }

  private Optional<Event> ended() {
    String ended = name;
    String text = data;
    name = "";
    data = "";
    if (ended.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Event(ended, JSON.readTree(text)));
    } catch (JsonProcessingException notJson) {
      throw new PlatformException("the console's stream has data that are not JSON", notJson);
    }
  }
}
