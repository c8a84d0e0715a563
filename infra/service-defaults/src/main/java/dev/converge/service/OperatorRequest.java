package dev.converge.service;

import dev.converge.service.Problem.Fault;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The body of every operator's action: who asks for it, and why.
 *
 * @param operator 1 to 100 visible characters
 * @param reason 1 to 256 visible characters
 */
public record OperatorRequest(String operator, String reason) {
  private static final int LONGEST_OPERATOR = 100;
  private static final int LONGEST_REASON = 256;

  /** As it comes. */
  record Body(@Nullable String operator, @Nullable String reason) {
    /**
     * The body, checked.
     *
     * @throws Problem naming every field that is missing (400) or breaks a rule (422)
     */
    OperatorRequest valid() {
      List<Fault> missing = new ArrayList<>();
      List<Fault> broken = new ArrayList<>();
      String who = text("/operator", operator, LONGEST_OPERATOR, missing, broken);
      String why = text("/reason", reason, LONGEST_REASON, missing, broken);
      if (!missing.isEmpty()) {
        throw Problem.of(ProblemType.INVALID_BODY, missing);
      }
      if (!broken.isEmpty()) {
        throw Problem.of(ProblemType.UNPROCESSABLE, broken);
      }
      return new OperatorRequest(who, why);
    }

    private static String text(
        String pointer,
        @Nullable String value,
        int longest,
        List<Fault> missing,
        List<Fault> broken) {
      if (value == null) {
        missing.add(new Fault(pointer, "is required"));
        return "";
      }
      Optional<String> invisible = VisibleText.fault(value);
      if (invisible.isPresent()) {
        broken.add(new Fault(pointer, invisible.get()));
      } else if (VisibleText.isBlank(value) || value.codePointCount(0, value.length()) > longest) {
        broken.add(
            new Fault(
                pointer,
                "must be 1 to " + longest + " characters, not all blank and none for control"));
      }
      return value;
    }
  }

  /**
   * Reads the body of an operator's action.
   *
   * @throws Problem where it is not acceptable, naming the fields at fault
   */
  public static OperatorRequest read(RoutingContext request) {
    return JsonBody.read(request, Body.class).valid();
  }
}
