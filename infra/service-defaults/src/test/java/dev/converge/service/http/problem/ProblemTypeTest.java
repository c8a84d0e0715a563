package dev.converge.service.http.problem;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.testkit.ContractResources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: the OpenAPI documents list exactly the problems that a client can get. Method: the
 * documents of all services are compared with the enum.
 */
class ProblemTypeTest {
  /** Only the console has these. */
  private static final Set<ProblemType> OF_THE_CONSOLE =
      EnumSet.of(ProblemType.TOKEN_REQUIRED, ProblemType.PART_NOT_CHANGED);

  @ParameterizedTest
  @ValueSource(strings = {"order-service", "inventory-service", "payment-service"})
  void exactlyTheExistingProblemsAreDocumented(String service) {
    List<String> documented = new ArrayList<>();
    for (JsonNode type :
        ContractResources.document("openapi/" + service + ".json")
            .at("/components/schemas/Problem/properties/type/enum")) {
      documented.add(type.asText());
    }

    assertThat(documented)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(ProblemType.values())
                .filter(type -> !OF_THE_CONSOLE.contains(type))
                .map(type -> "/problems/" + type.slug())
                .toList());
  }
}
