package dev.converge.service.http.problem;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answer to a request that cannot be served, in the format of RFC 9457. */
public final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * One fault of a body.
   *
   * @param pointer JSON Pointer (RFC 6901) to the field, or the parameter's name
   */
  public record Fault(String pointer, String detail) {}

  /** More faults than an order of 100 lines can have. Further faults are left out. */
  public static final int MOST_FAULTS = 500;

  private final ProblemType type;
  private final transient List<Fault> faults;
  private final @Nullable Integer retryAfterSeconds;

  private Problem(
      ProblemType type, String detail, List<Fault> faults, @Nullable Integer retryAfterSeconds) {
    super(detail, null, false, false);
    this.type = type;
    this.faults = List.copyOf(faults);
    this.retryAfterSeconds = retryAfterSeconds;
  }

  public static Problem of(ProblemType type, String detail) {
    return new Problem(type, detail, List.of(), null);
  }

  /** A problem with the fields at fault, at least one. */
  public static Problem of(ProblemType type, List<Fault> faults) {
    Fault first = faults.get(0);
    // The empty pointer is the whole body.
    String detail =
        first.pointer().isEmpty() ? first.detail() : first.pointer() + ": " + first.detail();
    return new Problem(type, detail, faults, null);
  }

  /** A problem that may not recur when the request is repeated later. */
  public static Problem retryLater(ProblemType type, String detail, int retryAfterSeconds) {
    return new Problem(type, detail, List.of(), retryAfterSeconds);
  }

  public ProblemType type() {
    return type;
  }

  public List<Fault> faults() {
    return faults;
  }

  /** When the request can be repeated; null for a problem that does not pass. */
  public @Nullable Integer retryAfterSeconds() {
    return retryAfterSeconds;
  }

  /** The body of the answer to a request for a path, in a trace. */
  public String toJson(String instance, String traceId) {
    JsonObject json =
        new JsonObject()
            .put("type", "/problems/" + type.slug())
            .put("title", type.title())
            .put("status", type.status())
            .put("detail", getMessage())
            .put("instance", instance)
            .put("traceId", traceId);
    if (!faults.isEmpty()) {
      JsonArray errors = new JsonArray();
      faults.forEach(
          fault ->
              errors.add(
                  new JsonObject().put("pointer", fault.pointer()).put("detail", fault.detail())));
      json.put("errors", errors);
    }
    return json.encode();
  }
}
