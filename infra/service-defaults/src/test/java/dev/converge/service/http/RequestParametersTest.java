package dev.converge.service.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import java.util.UUID;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: a parameter has one form, and a fault names the parameter. Method: the parsers alone. */
class RequestParametersTest {
  @Test
  void parsesAUuidInUpperAndLowerCase() {
    UUID id = new UUID(0x0190_0000_0000_7abcL, 0x8000_0000_0000_0001L);

    assertThat(RequestParameters.parseUuid("id", id.toString())).isEqualTo(id);
    assertThat(RequestParameters.parseUuid("id", "01900000-0000-7ABC-8000-000000000001"))
        .isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "1-1-1-1-1",
        "0190000000007abc8000000000000001",
        "01900000-0000-7abc-8000-00000000000g",
        " 01900000-0000-7abc-8000-000000000001"
      })
  void refusesAnythingElseAsAUuid(String value) {
    assertThatThrownBy(() -> RequestParameters.parseUuid("before", value))
        .asInstanceOf(InstanceOfAssertFactories.type(Problem.class))
        .satisfies(
            problem -> {
              assertThat(problem.type()).isEqualTo(ProblemType.INVALID_PARAMETER);
              assertThat(problem.faults())
                  .containsExactly(new Problem.Fault("before", "must be a UUID"));
            });
  }

  @Test
  void limitHasADefaultAndBounds() {
    assertThat(RequestParameters.parseLimit(null)).isEqualTo(20);
    assertThat(RequestParameters.parseLimit("1")).isEqualTo(1);
    assertThat(RequestParameters.parseLimit("100")).isEqualTo(100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "101", "-1", "+1", "1.0", "ten", "1000", "99999999999"})
  void refusesALimitOutOfBounds(String value) {
    assertThatThrownBy(() -> RequestParameters.parseLimit(value))
        .isInstanceOf(Problem.class)
        .hasMessage("limit: must be 1 to 100");
  }
}
