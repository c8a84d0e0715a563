package dev.converge.lab.history;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A line of the history: the begin of a request, or its end. A request that has no end is one whose
 * outcome is not known.
 *
 * @param op the request; its begin and its end have the same number
 * @param journey the client's dealings with one order
 * @param nanos of the client's monotonic clock
 * @param atMicros of the epoch: comparable with what the services write
 * @param kind of the request: {@code PLACE}, {@code CANCEL} or {@code GET}
 * @param body the kind of order
 * @param content a digest of what was sent; null where nothing was
 * @param outcome null for a begin
 * @param answer a digest of the body that was answered with
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record HistoryEvent(
    long op,
    long journey,
    long nanos,
    long atMicros,
    String kind,
    String key,
    String body,
    @Nullable String asked,
    @Nullable String content,
    @Nullable Outcome outcome,
    @Nullable Integer status,
    @Nullable String order,
    @Nullable String orderStatus,
    @Nullable Integer version,
    @Nullable String location,
    @Nullable String answer) {}
