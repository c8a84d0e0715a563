package dev.converge.console.view;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a topic that its consumer has not handled: how many, and since when the oldest of
 * them waits, as far as the console has read the topic.
 */
public final class Backlog {
  private static final int REMEMBERED = 512;

  private final Map<Integer, NavigableMap<Long, Instant>> appended = new TreeMap<>();

  /** Remembers when a record was appended. */
  public void appended(int partition, long offset, Instant at) {
    NavigableMap<Long, Instant> times =
        appended.computeIfAbsent(partition, first -> new TreeMap<>());
    times.put(offset, at);
    if (times.size() > REMEMBERED) {
      times.pollFirstEntry();
    }
  }

  /**
   * The backlog now.
   *
   * @param ends the next offset of each partition
   * @param handled the offset up to which the group has handled it; absent if it never has
   */
  public JsonObject json(Map<Integer, Long> ends, Map<Integer, Long> handled, Instant now) {
    long lag = 0;
    Instant oldest = null;
    for (Map.Entry<Integer, Long> end : ends.entrySet()) {
      Long position = handled.get(end.getKey());
      if (position != null && position < end.getValue()) {
        lag += end.getValue() - position;
        oldest = earlier(oldest, since(end.getKey(), position));
      }
    }
    JsonObject json = new JsonObject().put("lag", lag);
    return oldest == null
        ? json
        : json.put("oldestMs", Math.max(0, Duration.between(oldest, now).toMillis()));
  }

  private @Nullable Instant since(int partition, long position) {
    NavigableMap<Long, Instant> times = appended.get(partition);
    Map.Entry<Long, Instant> first = times == null ? null : times.ceilingEntry(position);
    return first == null ? null : first.getValue();
  }

  private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
    return one == null || (other != null && other.isBefore(one)) ? other : one;
  }
}
