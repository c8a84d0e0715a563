package dev.converge.service.http.problem;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The problems that the APIs answer with (RFC 9457); each has a page at {@code /problems/{slug}}.
 */
public enum ProblemType {
  MALFORMED_JSON(
      400, "Malformed JSON", "The body is not one well-formed JSON value within the limits."),
  INVALID_BODY(
      400,
      "Invalid body",
      "A field is unknown, missing, there twice or of the wrong type; see errors[].pointer."),
  INVALID_PARAMETER(400, "Invalid parameter", "A path or query parameter is not acceptable."),
  INVALID_REQUEST(400, "Invalid request", "The request is not valid HTTP."),
  IDEMPOTENCY_KEY_MISSING(
      400, "Idempotency-Key missing", "POST /orders needs exactly one Idempotency-Key header."),
  IDEMPOTENCY_KEY_INVALID(
      400,
      "Idempotency-Key invalid",
      "A key is 1 to 255 visible ASCII characters, quoted or bare."),
  UNKNOWN_PROTOCOL(
      400, "Unknown protocol", "Converge-Protocol is one of the listed names, given once."),
  READ_CONSISTENCY_INVALID(
      400,
      "Read consistency invalid",
      "Read-Consistency is strong, session, bounded;ms=N or eventual, given once; a"
          + " Consistency-Token is one of an answer, unchanged."),
  TOKEN_REQUIRED(
      401,
      "Token required",
      "A write to the console needs the token of its link: ./converge up prints it."),
  CROSS_SITE_REQUEST(
      403,
      "Cross-site request",
      "A write that a browser sends for a page of another site: see Origin and Sec-Fetch-Site."),
  NOT_FOUND(404, "Not found", "There is nothing at this address."),
  METHOD_NOT_ALLOWED(405, "Method not allowed", "See the Allow header."),
  NOT_ACCEPTABLE(406, "Not acceptable", "Answers are application/json; the Accept header says no."),
  REQUEST_TIMEOUT(408, "Request timeout", "The body took too long to arrive."),
  ORDER_NOT_CANCELLABLE(
      409, "Order not cancellable", "The order has passed the point from which it can be undone."),
  SAGA_NOT_STUCK(409, "Saga not stuck", "Only a saga that is STUCK can be retried or skipped."),
  SAGA_NOT_COMPENSATABLE(
      409,
      "Saga not compensatable",
      "Only a saga that is STUCK on its way forward can be compensated; one that is compensating"
          + " already can be retried or skipped once it is STUCK."),
  DEAD_LETTER_NOT_PARKED(
      409, "Dead letter not parked", "It was replayed before: a message is handled once."),
  DEAD_LETTER_NOT_HANDLED(
      409,
      "Dead letter not handled",
      "The message failed once more. It stays parked, and nothing was changed."),
  PART_NOT_CHANGED(
      409, "Part not changed", "The console cannot start, stop or pause the part now; see detail."),
  PROTOCOL_DISABLED(
      409,
      "Protocol disabled",
      "Protocols other than the saga are off unless the platform is started with --protocols."),
  VOTE_REFUSED(
      409, "Vote refused", "The participant votes no, or its branch was aborted; see reason."),
  BRANCH_NOT_IN_DOUBT(
      409, "Branch not in doubt", "Only a branch that is in doubt can be resolved; see state."),
  TRANSACTION_DECIDED_OTHERWISE(
      409,
      "Transaction decided otherwise",
      "The transaction has a decision, which the branch gets by itself; see decision."),
  BRANCH_NOT_DIVERGENT(
      409, "Branch not divergent", "Only a divergence that is open can be acknowledged."),
  BODY_TOO_LARGE(413, "Body too large", "A body is 65,536 bytes at most."),
  URI_TOO_LONG(414, "URI too long", "A request line is 4,096 bytes at most."),
  UNSUPPORTED_MEDIA_TYPE(
      415, "Unsupported media type", "Send application/json in UTF-8, without Content-Encoding."),
  MISDIRECTED_REQUEST(
      421,
      "Misdirected request",
      "The Host is not one of this service; HTTP_ALLOWED_HOSTS adds more."),
  UNPROCESSABLE(422, "Unprocessable", "The body is well-formed but breaks a rule; see errors[]."),
  IDEMPOTENCY_KEY_REUSED(
      422, "Idempotency-Key reused", "This key was used before with a different request."),
  HEADERS_TOO_LARGE(431, "Headers too large", "The headers are 8,192 bytes at most."),
  INTERNAL_ERROR(500, "Internal error", "A fault of ours; it has been logged."),
  METHOD_UNKNOWN(501, "Method unknown", "The request's method is not one of HTTP's."),
  UNAVAILABLE(
      503,
      "Unavailable",
      "Nothing was changed, or the outcome is unknown: repeat the request with its key."),
  READ_LEVEL_NOT_MET(
      503,
      "Read level not met",
      "No node that answers shows what the level promises; another level may be available."),
  OVERLOADED(503, "Overloaded", "More requests wait than can be served; nothing was changed.");

  private final int status;
  private final String title;
  private final String explanation;

  ProblemType(int status, String title, String explanation) {
    this.status = status;
    this.title = title;
    this.explanation = explanation;
  }

  public int status() {
    return status;
  }

  public String title() {
    return title;
  }

  public String explanation() {
    return explanation;
  }

  /** The type with the name that URIs and answers have. */
  public static Optional<ProblemType> bySlug(String slug) {
    return Arrays.stream(values()).filter(type -> type.slug().equals(slug)).findFirst();
  }

  /** Its name in URIs, such as {@code not-found}. */
  public String slug() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
