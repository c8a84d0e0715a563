package dev.converge.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.converge.service.OperatorRequest.Body;
import org.junit.jupiter.api.Test;

/**
 * Goal: the audit log always says who and why, in words that fit its table. Method: bodies at and
 * just beyond each bound; a refusal names every field at fault.
 */
class OperatorRequestTest {
  private static void isRefused(Body body, ProblemType type, String... pointers) {
    Problem problem = catchThrowableOfType(Problem.class, body::valid);
    assertThat(problem).as("%s is refused", body).isNotNull();
    assertThat(problem.type()).isEqualTo(type);
    assertThat(problem.faults()).extracting(Problem.Fault::pointer).containsExactly(pointers);
  }

  @Test
  void whatFitsIsTakenAsItCame() {
    assertThat(new Body("g", "r").valid()).isEqualTo(new OperatorRequest("g", "r"));
    assertThat(new Body("o".repeat(100), "r".repeat(256)).valid().reason()).hasSize(256);
    assertThat(new Body("Zoë Ünal", "geprüft, war 100 % da").valid().operator())
        .isEqualTo("Zoë Ünal");
  }

  @Test
  void whatIsMissingIsNamed() {
    isRefused(new Body(null, "why"), ProblemType.INVALID_BODY, "/operator");
    isRefused(new Body("grace", null), ProblemType.INVALID_BODY, "/reason");
    isRefused(new Body(null, null), ProblemType.INVALID_BODY, "/operator", "/reason");
  }

  @Test
  void whatBreaksARuleIsNamed() {
    isRefused(new Body("", "why"), ProblemType.UNPROCESSABLE, "/operator");
    isRefused(new Body("grace", "  "), ProblemType.UNPROCESSABLE, "/reason");
    isRefused(new Body("o".repeat(101), "why"), ProblemType.UNPROCESSABLE, "/operator");
    isRefused(new Body("grace", "r".repeat(257)), ProblemType.UNPROCESSABLE, "/reason");
    isRefused(new Body("gra\0ce", "w\nhy"), ProblemType.UNPROCESSABLE, "/operator", "/reason");
  }
}
