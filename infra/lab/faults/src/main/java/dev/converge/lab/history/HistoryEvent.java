package dev.converge.lab.history;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import org.jspecify.annotations.Nullable;

/**
 * A line of the history: the start of a request, or its end. The outcome of a request without an
 * end is unknown. The JSON is flat: the groups are Java's alone.
 *
 * @param sent the same for the start and the end
 * @param nanos of the client's monotonic clock
 * @param atMicros of the epoch: comparable with the services' times
 * @param outcome null for a start
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record HistoryEvent(
    @JsonUnwrapped Sent sent,
    long nanos,
    long atMicros,
    @Nullable Outcome outcome,
    @JsonUnwrapped Answered answered) {}
