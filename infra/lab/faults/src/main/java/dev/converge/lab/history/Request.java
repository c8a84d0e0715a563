package dev.converge.lab.history;

import org.jspecify.annotations.Nullable;

/**
 * One request of the history, with what came of it.
 *
 * @param journey the client's dealings with one order: within it nothing is requested twice
 *     concurrently, but for duplicates of the first request
 * @param key the idempotency key
 * @param body the kind of order: what it is meant to run into
 * @param asked the order that was asked for, of what is no placing
 * @param content a digest of what was sent; null where nothing was
 * @param invokedMicros of the epoch
 * @param completedMicros of the epoch; null where it never ended
 * @param status null where there was no answer
 * @param order the order that was answered with
 * @param location the order's address
 * @param answer a digest of the body that was answered with
 */
public record Request(
    long op,
    long journey,
    Kind kind,
    String key,
    String body,
    @Nullable String asked,
    @Nullable String content,
    long invokedMicros,
    @Nullable Long completedMicros,
    Outcome outcome,
    @Nullable Integer status,
    @Nullable String order,
    @Nullable String orderStatus,
    @Nullable Integer version,
    @Nullable String location,
    @Nullable String answer) {

  /** What was asked for. */
  public enum Kind {
    PLACE,
    CANCEL,
    GET
  }

  /** Milliseconds until it was answered; null where it never was. */
  public @Nullable Double latencyMillis() {
    return completedMicros == null || status == null
        ? null
        : (completedMicros - invokedMicros) / 1_000.0;
  }
}
