package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.lab.SagaRules;
import dev.converge.lab.checker.ConstructedRun;
import dev.converge.lab.checker.Evidence;
import dev.converge.lab.history.ConcurrentBurst;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Goal: verdict.json and {@code lab faults --json} keep their names, shape and values, because
 * users read them. Method: the JSON of a constructed run is compared with verdict.json.
 */
class VerdictJsonTest {
  private static final long BEGIN = 1_000_000;

  private final ObjectMapper json = new ObjectMapper();

  @Test
  void verdictKeepsItsNamesShapeAndValues() throws IOException {
    JsonNode written = json.readTree(json.writeValueAsString(report()));

    try (InputStream expected = getClass().getResourceAsStream("verdict.json")) {
      ObjectNode verdict = (ObjectNode) json.readTree(Objects.requireNonNull(expected));
      assertThat(withFirstElements(written)).isEqualTo(verdict.put("messages", messages()));
    }
  }

  // Two orders take every step, with a command and a reply each.
  private static int messages() {
    return 24 + 2 * 2 * SagaRules.PLACE_ORDER.steps().size();
  }

  private static CampaignReport report() {
    Evidence evidence = new ConstructedRun().evidence();
    FaultSpec kill = new FaultSpec("kill", "kafka", "kill", 0, 1, 8);
    FaultRun run =
        new FaultRun(
            new PlannedFault(1, 0, kill, 100), 1_000_400L, 1_600_000L, 1_700_000L, null, "gone");
    return CampaignReport.of(
        new Campaign.Settings(
            7, Duration.ofSeconds(2), 1, List.of(), 20, new ConcurrentBurst(3, 1, 2)),
        evidence,
        FaultOutcome.of(List.of(run), evidence, BEGIN),
        new CampaignReport.Course(
            BEGIN,
            BEGIN + 2_000_000,
            true,
            new CampaignReport.Ending(
                1.5, 2.5, new AuditWatch.Observed(7, List.of("a finding"), List.of("order")), 3),
            List.of("disk-full:order-db: no mount")));
  }

  /** The same without all but the first element of each array. */
  private static JsonNode withFirstElements(JsonNode node) {
    if (node instanceof ArrayNode array) {
      while (array.size() > 1) {
        array.remove(array.size() - 1);
      }
    }
    node.forEach(VerdictJsonTest::withFirstElements);
    return node;
  }
}
