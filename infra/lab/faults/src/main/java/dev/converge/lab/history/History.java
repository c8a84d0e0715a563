package dev.converge.lab.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a history back: each start with its end. */
public final class History {
  private History() {}

  /**
   * The requests of a history, in the order in which they began.
   *
   * @throws UncheckedIOException if the file cannot be read
   * @throws IllegalStateException if a line is malformed, other than a torn last one
   */
  public static List<Request> read(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return requests(lines.toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Request> requests(List<String> lines) {
    ObjectMapper json = new ObjectMapper();
    Map<Long, HistoryEvent> begun = new LinkedHashMap<>();
    Map<Long, HistoryEvent> ended = new LinkedHashMap<>();
    for (int number = 0; number < lines.size(); number++) {
      HistoryEvent event = event(json, lines, number);
      if (event != null) {
        (event.outcome() == null ? begun : ended).put(event.sent().op(), event);
      }
    }
    List<Request> requests = new ArrayList<>(begun.size());
    begun.forEach((op, begin) -> requests.add(request(begin, ended.get(op))));
    return requests;
  }

  private static @Nullable HistoryEvent event(ObjectMapper json, List<String> lines, int number) {
    try {
      return json.readValue(lines.get(number), HistoryEvent.class);
    } catch (JsonProcessingException e) {
      if (number == lines.size() - 1) {
        // The client was ended while it wrote this line: the outcome of the request is unknown.
        return null;
      }
      throw new IllegalStateException("line " + (number + 1) + " of the history", e);
    }
  }

  private static Request request(HistoryEvent begin, @Nullable HistoryEvent end) {
    return end == null || end.outcome() == null
        ? new Request(begin.sent(), begin.atMicros(), null, Outcome.UNKNOWN, Answered.NONE)
        : new Request(
            begin.sent(), begin.atMicros(), end.atMicros(), end.outcome(), end.answered());
  }
}
