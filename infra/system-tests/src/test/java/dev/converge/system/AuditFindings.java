package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Part;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** The findings of the services' audits. */
final class AuditFindings {
  /** Time within which a finding is reported. */
  static final Duration REPORTED_WITHIN = Duration.ofSeconds(60);

  private final OrderApi api;

  AuditFindings(OrderApi api) {
    this.api = api;
  }

  /** Waits for a finding of a check, one of whose cases contains a text. */
  void awaitFinding(Part service, String check, String named) {
    Awaitility.await(check + " at " + service.id())
        .atMost(REPORTED_WITHIN)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              assertThat(cases(service, check)).anyMatch(one -> one.contains(named));
              // Together: a repair is reported for a minute only.
              assertThat(api.findings(service, check)).as("gauge of " + check).isPositive();
            });
  }

  /** The cases that a check finds now. */
  List<String> cases(Part service, String check) {
    List<String> cases = new ArrayList<>();
    for (JsonNode finding : api.send("GET", service, "/audit", null).body().path("findings")) {
      if (finding.path("check").asText().equals(check)) {
        finding.path("cases").forEach(one -> cases.add(one.asText()));
      }
    }
    return cases;
  }
}
