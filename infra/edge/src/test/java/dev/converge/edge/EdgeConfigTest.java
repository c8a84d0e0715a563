package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.edge.Route.Address;
import dev.converge.service.runtime.Env;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: settings are read strictly. Method: valid and invalid variables. */
class EdgeConfigTest {

  private static EdgeConfig read(Map<String, String> variables) {
    Env env = new Env(variables);
    EdgeConfig config = EdgeConfig.from(env);
    env.check();
    return config;
  }

  @Test
  void routesAndPolicyAreRead() {
    EdgeConfig config =
        read(
            Map.of(
                "EDGE_ROUTES",
                "order-service:8084=127.0.0.1:8080|127.0.0.1:8180, other:8085=host.example:65535",
                "EDGE_POLICY",
                "power-of-two-choices"));
    assertThat(config.routes())
        .containsExactly(
            new Route(
                "order-service",
                8084,
                List.of(new Address("127.0.0.1", 8080), new Address("127.0.0.1", 8180))),
            new Route("other", 8085, List.of(new Address("host.example", 65535))));
    assertThat(config.policy()).isEqualTo(Policy.POWER_OF_TWO_CHOICES);
  }

  @Test
  void leastRequestsIsTheDefault() {
    assertThat(read(Map.of()).policy()).isEqualTo(Policy.LEAST_REQUESTS);
    assertThat(read(Map.of()).limits()).isEqualTo(EdgeConfig.Limits.STANDARD);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "order-service",
        "order-service:8084",
        "order-service:8084=",
        "order-service:0=127.0.0.1:1",
        "order-service:65536=127.0.0.1:1",
        "order-service:8084=127.0.0.1",
        "order-service:8084=127.0.0.1:1|",
        "8084=127.0.0.1:1"
      })
  void invalidRouteIsReported(String route) {
    assertThatThrownBy(() -> read(Map.of("EDGE_ROUTES", route)))
        .hasMessageContaining("EDGE_ROUTES")
        .hasMessageContaining(Route.FORM);
  }

  @Test
  void unknownPolicyIsReportedWithTheKnownOnes() {
    assertThatThrownBy(() -> read(Map.of("EDGE_POLICY", "best")))
        .hasMessageContaining("least-requests, round-robin, random, power-of-two-choices")
        .hasMessageContaining("consistent-hashing");
  }

  @Test
  void attemptOutlastsTheLongestWaitOfAClient() {
    assertThatThrownBy(() -> read(Map.of("EDGE_ATTEMPT_WITHIN", "PT20S")))
        .hasMessageContaining("PT21S");
  }
}
