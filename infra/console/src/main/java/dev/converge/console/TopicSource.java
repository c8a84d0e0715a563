package dev.converge.console;

import dev.converge.console.view.Flow;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The ends of the topics, and how far the services have handled them. Every method may block; one
 * thread at a time calls them.
 */
interface TopicSource extends AutoCloseable {
  /** The messages since the last poll, and how many were skipped. */
  record Polled(List<Flow.Seen> messages, long skipped) {
    public Polled {
      messages = List.copyOf(messages);
    }
  }

  /** Continues at the ends of the topics: the records before them are not read. */
  void seekToTheEnds();

  /** Reads the new records, for a moment at most. */
  Polled poll(Duration moment);

  /** The backlog of each topic that a service handles. */
  JsonObject backlogs(Instant now);

  @Override
  void close();
}
