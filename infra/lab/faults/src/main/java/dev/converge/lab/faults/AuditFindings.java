package dev.converge.lab.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Http;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The findings about the outbox in a service's {@code GET /audit}. */
final class AuditFindings {
  private static final Duration NAMED_WITHIN = Duration.ofSeconds(60);
  private static final Http HTTP = new Http();

  private final Platform platform;
  private final String domain;

  AuditFindings(Platform platform, String domain) {
    this.platform = platform;
    this.domain = domain;
  }

  /**
   * Waits for a finding that names the database and a cause; for 60 s at most.
   *
   * @param cause words of it: a regular expression, found anywhere, in any case
   * @throws IOException where there is none in time
   */
  void awaitNamed(String cause) throws IOException, SQLException {
    awaitNamedUnless(cause, () -> false);
  }

  /** Does the same, but also ends if the platform repairs the damage before a finding names it. */
  void awaitNamedUnless(String cause, Polling.Condition repaired) throws IOException, SQLException {
    Pattern words = Pattern.compile(cause, Pattern.CASE_INSENSITIVE);
    List<String> seen = new ArrayList<>();
    boolean named =
        Polling.until(
            NAMED_WITHIN,
            () -> {
              List<String> now = outbox();
              if (!now.isEmpty()) {
                seen.clear();
                seen.addAll(now);
              }
              return repaired.holds()
                  || now.stream()
                      .anyMatch(each -> namesDatabase(each) && words.matcher(each).find());
            });
    if (!named) {
      throw new IOException(
          "no finding names "
              + domain
              + "-db and the cause ("
              + cause
              + ") within "
              + NAMED_WITHIN.toSeconds()
              + " s; the audit found "
              + seen);
    }
  }

  private boolean namesDatabase(String finding) {
    return finding.contains(domain + "-db") || finding.contains(platform.databaseName(domain));
  }

  /** The cases of the checks of the outbox; empty if the service does not answer. */
  private List<String> outbox() {
    List<String> cases = new ArrayList<>();
    String url = platform.ports().url(Part.of(domain + "-service")) + "/audit";
    try {
      for (JsonNode finding : HTTP.get(url).body().path("findings")) {
        String check = finding.path("check").asText();
        if (check.startsWith("outbox")) {
          finding.path("cases").forEach(each -> cases.add(check + ": " + each.asText()));
        }
      }
    } catch (IOException unavailable) {
      // The audit is polled again.
    }
    return cases;
  }
}
