package dev.converge.service.operators;

import dev.converge.service.http.json.BodyFaults;
import dev.converge.service.http.json.BodyObject;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * The body of every operator action: the operator and the reason.
 *
 * @param operator 1 to 100 visible characters
 * @param reason 1 to 256 visible characters
 */
public record OperatorRequest(String operator, String reason) {
  private static final int LONGEST_OPERATOR = 100;
  private static final int LONGEST_REASON = 256;

  /** The body before its validation. */
  record Body(@Nullable String operator, @Nullable String reason) {
    static Body from(BodyObject body) {
      return new Body(body.text("operator"), body.text("reason"));
    }

    /**
     * The validated body.
     *
     * @throws Problem with all fields that are missing (400) or break a rule (422)
     */
    OperatorRequest valid() {
      BodyFaults faults = new BodyFaults();
      OperatorRequest valid = valid(faults);
      faults.raise();
      return valid;
    }

    private OperatorRequest valid(BodyFaults faults) {
      return new OperatorRequest(
          text("/operator", operator, LONGEST_OPERATOR, faults),
          text("/reason", reason, LONGEST_REASON, faults));
    }

    private static String text(
        String pointer, @Nullable String value, int longest, BodyFaults faults) {
      String text = faults.required(pointer, value, "");
      VisibleText.fault(text).ifPresent(fault -> faults.rule(pointer, false, fault));
      faults.rule(
          pointer,
          !VisibleText.isBlank(text) && text.codePointCount(0, text.length()) <= longest,
          "must be 1 to " + longest + " characters, not blank and without control characters");
      return text;
    }
  }

  /**
   * Reads the body of an operator action.
   *
   * @throws Problem with the fields at fault, where the body is not acceptable
   */
  public static OperatorRequest read(RoutingContext request) {
    return JsonBody.read(request, OperatorRequest::read);
  }

  static OperatorRequest read(BodyObject body) {
    return Body.from(body).valid(body.faults());
  }
}
