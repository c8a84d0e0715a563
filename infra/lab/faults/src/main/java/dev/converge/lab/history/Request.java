package dev.converge.lab.history;

import org.jspecify.annotations.Nullable;

/**
 * One request of the history, with its outcome.
 *
 * @param invokedMicros of the epoch
 * @param completedMicros of the epoch; null if it never ended
 */
public record Request(
    Sent sent,
    long invokedMicros,
    @Nullable Long completedMicros,
    Outcome outcome,
    Answered answered) {

  /** The kind of request. */
  public enum Kind {
    PLACE,
    CANCEL,
    GET
  }

  /** Milliseconds until it was answered; null if it never was. */
  public @Nullable Double latencyMillis() {
    return completedMicros == null || answered.status() == null
        ? null
        : (completedMicros - invokedMicros) / 1_000.0;
  }
}
