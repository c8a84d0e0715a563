package dev.converge.lab.history;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A request's answer as the client received it.
 *
 * @param status null if there was no answer
 * @param order the order in the answer
 * @param location the order's address
 * @param answer a digest of the answer's body
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Answered(
    @Nullable Integer status,
    @Nullable String order,
    @Nullable String orderStatus,
    @Nullable Integer version,
    @Nullable String location,
    @Nullable String answer) {
  /** No answer. */
  public static final Answered NONE = ofStatus(null);

  /** An answer of which only the status is known. */
  public static Answered ofStatus(@Nullable Integer status) {
    return new Answered(status, null, null, null, null, null);
  }
}
