package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.EdgePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Goal: Envoy and our edge have the same policies and limits. Method: compares their files. */
class EnvoyConfigurationTest {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();

  @Test
  void policiesAreThoseOfOurEdge() throws IOException {
    String configuration = read("infra/edge/envoy/envoy.yaml");
    String script = read("infra/edge/envoy/run.sh");
    for (Policy policy : Policy.values()) {
      assertThat(configuration).contains("- &" + policy.id() + "\n");
      assertThat(script).contains(policy.id());
    }
  }

  @Test
  void policiesOfTheCommandLineAreThoseOfOurEdge() {
    assertThat(EdgePolicy.NAMES)
        .containsExactlyElementsOf(Arrays.stream(Policy.values()).map(Policy::id).toList());
  }

  @Test
  void limitsAreThoseOfOurEdge() throws IOException {
    EdgeConfig.Limits limits = EdgeConfig.Limits.STANDARD;
    assertThat(read("infra/edge/envoy/envoy.yaml"))
        .contains("max_requests: " + limits.requests() + "\n")
        .contains("per_try_timeout: " + limits.attempt().toSeconds() + "s\n")
        .contains(" timeout: " + limits.request().toSeconds() + "s,")
        .contains("unhealthy_threshold: " + ReplicaHealth.CHECKS_TO_EXCLUDE + "\n")
        .contains(
            "consecutive_local_origin_failure: " + ReplicaHealth.CONNECTIONS_TO_EXCLUDE + "\n")
        .contains("num_retries: " + (RetryRules.MOST_ATTEMPTS - 1) + "\n")
        .contains("per_connection_buffer_limit_bytes: " + RetryRules.MOST_BODY_BYTES + "\n")
        .contains(
            "budget_percent: {value: "
                + RetryBudget.STANDARD.percent()
                + "}, min_retry_concurrency: "
                + RetryBudget.STANDARD.least()
                + "}");
  }

  @Test
  void imageOfComposeIsTheTestedVersion() throws IOException {
    assertThat(read("docker-compose.scale.yml"))
        .contains(
            "image: envoyproxy/envoy:v" + System.getProperty("converge.envoy.version") + "\n");
  }

  private static String read(String file) throws IOException {
    return Files.readString(ROOT.resolve(file));
  }
}
