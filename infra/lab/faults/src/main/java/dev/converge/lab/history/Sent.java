package dev.converge.lab.history;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A request as the client sent it.
 *
 * @param op the request's number
 * @param journey the client's requests about one order: they are sequential, except for duplicates
 *     of the first one
 * @param key the idempotency key
 * @param body the kind of order: the outcome that it is meant to have
 * @param asked the requested order; null if the request places one
 * @param content a digest of the body that was sent; null if there was none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Sent(
    long op,
    long journey,
    Request.Kind kind,
    String key,
    String body,
    @Nullable String asked,
    @Nullable String content) {}
