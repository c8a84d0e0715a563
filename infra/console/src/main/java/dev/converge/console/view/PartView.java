package dev.converge.console.view;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A part as the page is shown it.
 *
 * @param since when it got into this state, as far as the console has seen
 * @param until when a pause ends by itself
 * @param why the reason for its state, if it is known
 */
public record PartView(
    String id,
    State state,
    Instant since,
    int port,
    long memoryMiB,
    @Nullable Instant until,
    @Nullable String why) {

  /** The state of a part. */
  public enum State {
    READY,
    /** It runs, and has not answered yet that it is ready. */
    STARTING,
    /** It runs, was ready before, and does not answer. */
    SILENT,
    PAUSED,
    DOWN
  }

  /**
   * An observation of a part.
   *
   * @param process whether its process runs; null where the console cannot see processes
   * @param answers whether it answered that it is ready
   * @param isPaused whether its process is stopped by a signal
   */
  public record Probe(
      String id,
      @Nullable Boolean process,
      boolean answers,
      boolean isPaused,
      int port,
      long memoryMiB) {
    State state() {
      if (isPaused) {
        return State.PAUSED;
      }
      if (process == null) {
        return answers ? State.READY : State.DOWN;
      }
      return !process ? State.DOWN : answers ? State.READY : State.STARTING;
    }
  }

  /**
   * The parts after a round of observations. A state that has not changed keeps its time.
   *
   * @param pauses when the pauses of this console end
   * @param failures why the last action on a part failed
   */
  public static Map<String, PartView> after(
      Map<String, PartView> before,
      List<Probe> probes,
      Map<String, Instant> pauses,
      Map<String, String> failures,
      Instant now) {
    Map<String, PartView> parts = new LinkedHashMap<>();
    for (Probe probe : probes) {
      PartView last = before.get(probe.id());
      State state = afterReady(last, probe.state());
      parts.put(
          probe.id(),
          new PartView(
              probe.id(),
              state,
              last != null && last.state() == state ? last.since() : now,
              probe.port(),
              probe.memoryMiB(),
              state == State.PAUSED ? pauses.get(probe.id()) : null,
              state == State.READY ? null : failures.get(probe.id())));
    }
    return parts;
  }

  // A part that was ready and does not answer is not starting.
  private static State afterReady(@Nullable PartView last, State seen) {
    boolean wasReady =
        last != null && (last.state() == State.READY || last.state() == State.SILENT);
    return seen == State.STARTING && wasReady ? State.SILENT : seen;
  }

  /** Whether the page shows something else for it; memory changes all the time. */
  public boolean differsFrom(@Nullable PartView other) {
    return other == null
        || state != other.state
        || port != other.port
        || !Objects.equals(until, other.until)
        || !Objects.equals(why, other.why);
  }

  /** As JSON. */
  public JsonObject json() {
    JsonObject json =
        new JsonObject()
            .put("id", id)
            .put("state", state.name().toLowerCase(Locale.ROOT))
            .put("since", since.toString())
            .put("port", port);
    if (memoryMiB > 0) {
      json.put("memoryMiB", memoryMiB);
    }
    if (until != null) {
      json.put("until", until.toString());
    }
    return why == null ? json : json.put("why", why);
  }
}
