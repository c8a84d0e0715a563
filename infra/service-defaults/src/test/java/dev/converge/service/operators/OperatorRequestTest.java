package dev.converge.service.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.operators.OperatorRequest.Body;
import dev.converge.testkit.ContractResources;
import dev.converge.testkit.OpenApiContract;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Goal: each entry of the operator log has an operator and a reason that fit its table. Method:
 * bodies at and beyond each bound; a refusal lists every field at fault.
 */
class OperatorRequestTest {
  private static void isRefused(Body body, ProblemType type, String... pointers) {
    Problem problem = catchThrowableOfType(Problem.class, body::valid);
    assertThat(problem).as("%s is refused", body).isNotNull();
    assertThat(problem.type()).isEqualTo(type);
    assertThat(problem.faults()).extracting(Problem.Fault::pointer).containsExactly(pointers);
  }

  @Test
  void acceptsValidTextUnchanged() {
    assertThat(new Body("g", "r").valid()).isEqualTo(new OperatorRequest("g", "r"));
    assertThat(new Body("o".repeat(100), "r".repeat(256)).valid().reason()).hasSize(256);
    assertThat(new Body("Zoë Ünal", "geprüft, war 100 % da").valid().operator())
        .isEqualTo("Zoë Ünal");
  }

  @Test
  void reportsMissingFields() {
    isRefused(new Body(null, "why"), ProblemType.INVALID_BODY, "/operator");
    isRefused(new Body("grace", null), ProblemType.INVALID_BODY, "/reason");
    isRefused(new Body(null, null), ProblemType.INVALID_BODY, "/operator", "/reason");
  }

  @Test
  void reportsFieldsThatBreakARule() {
    isRefused(new Body("", "why"), ProblemType.UNPROCESSABLE, "/operator");
    isRefused(new Body("grace", "  "), ProblemType.UNPROCESSABLE, "/reason");
    isRefused(new Body("o".repeat(101), "why"), ProblemType.UNPROCESSABLE, "/operator");
    isRefused(new Body("grace", "r".repeat(257)), ProblemType.UNPROCESSABLE, "/reason");
    isRefused(new Body("gra\0ce", "w\nhy"), ProblemType.UNPROCESSABLE, "/operator", "/reason");
  }

  @Test
  void refusesControlAndInvisibleCharacters() {
    int[] refused = {
      0x00, 0x07, 0x0A, 0x1B, 0x7F, 0x80, 0x9B, 0x9F, 0xAD, 0x034F, 0x061C, 0x115F, 0x180E, 0x200B,
      0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069,
      0x206F, 0x3164, 0xD800, 0xDFFF, 0xE000, 0xF8FF, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFD,
      0xFFFE, 0x1D173, 0xE0001, 0xE007F, 0xE0100, 0xE01EF, 0xF0000, 0x10FFFD
    };
    for (int character : refused) {
      String hidden = "ad" + Character.toString(character) + "a";
      isRefused(new Body(hidden, "why"), ProblemType.UNPROCESSABLE, "/operator");
      isRefused(new Body("ada", hidden), ProblemType.UNPROCESSABLE, "/reason");
    }
    Problem problem =
        catchThrowableOfType(Problem.class, () -> new Body("a\u202Eb", "why").valid());
    assertThat(problem).hasMessageContaining("U+202E at position 2");
  }

  @Test
  void acceptsNamesAndReasonsOfAllScripts() {
    for (String text :
        new String[] {
          "Zoë",
          "Zoe\u0308",
          "Łukasz O'Neill",
          "محمد",
          "שרה",
          "नेहा",
          "田中さくら",
          "김민준",
          "Ωμέγα",
          "50 % done: 3 × 4 = 12 €",
          "<b>&amp;</b> \"quoted\" \\ / ;",
          "\uD83D\uDE80"
        }) {
      assertThat(new Body(text, text).valid()).isEqualTo(new OperatorRequest(text, text));
    }
    assertThat(new Body("\uD83D\uDE80".repeat(100), "r").valid().operator()).hasSize(200);
    isRefused(new Body("\uD83D\uDE80".repeat(101), "r"), ProblemType.UNPROCESSABLE, "/operator");
  }

  @Test
  void textWithoutVisibleCharactersIsBlank() {
    for (String blank : new String[] {"\u00A0", "\u2003 \u3000", "\u2800"}) {
      isRefused(new Body("ada", blank), ProblemType.UNPROCESSABLE, "/reason");
    }
  }

  @Test
  void bodyIsAcceptedExactlyIfItMatchesTheDocuments() {
    for (String service : List.of("order", "inventory", "payment")) {
      OpenApiContract.acceptsABodyIfAndOnlyIfItFits(
          ContractResources.document("openapi/" + service + "-service.json"),
          "/paths/~1dead-letters~1{deadLetterId}~1replay/post",
          OperatorRequestTest::isAccepted,
          anyBody -> false);
    }
  }

  private static boolean isAccepted(String body) {
    try {
      return !JsonBody.parse(body, OperatorRequest::read).operator().isEmpty();
    } catch (Problem refused) {
      assertThat(refused.faults()).isNotEmpty();
      return false;
    }
  }

  @Test
  void documentsRefuseTheCharactersThatTheServerRefuses() {
    Pattern documented =
        Pattern.compile(
            ContractResources.document("openapi/order-service.json")
                .at("/components/schemas/OperatorRequest/properties/operator/pattern")
                .textValue());
    assertThat(documented.pattern()).contains(VisibleText.REFUSED);
    for (int character = 0; character <= 0xFFFF; character++) {
      String text = Character.toString(character);
      assertThat(documented.matcher(text).matches())
          .as("U+%04X", character)
          .isEqualTo(VisibleText.fault(text).isEmpty() && !VisibleText.isBlank(text));
    }
  }
}
