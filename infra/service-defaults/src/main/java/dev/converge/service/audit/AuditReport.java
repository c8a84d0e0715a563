package dev.converge.service.audit;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The findings of checks.
 *
 * @param findings by the check's name
 * @param notChecked checks whose last run failed
 */
record AuditReport(SortedMap<String, Finding> findings, SortedSet<String> notChecked) {
  static final AuditReport NONE = new AuditReport(new TreeMap<>(), new TreeSet<>());

  private static final int SHOWN = 10;

  /**
   * A violated check.
   *
   * @param count of its cases
   * @param cases some of them
   */
  record Finding(int count, List<String> cases) {
    Finding {
      cases = List.copyOf(cases);
    }

    static Finding of(List<String> cases) {
      return new Finding(cases.size(), cases.subList(0, Math.min(SHOWN, cases.size())));
    }

    private Finding and(Finding other) {
      List<String> both = new ArrayList<>(cases);
      both.addAll(other.cases);
      return new Finding(count + other.count, both.subList(0, Math.min(SHOWN, both.size())));
    }
  }

  static AuditReport of(Map<String, List<String>> cases, Set<String> notChecked) {
    SortedMap<String, Finding> findings = new TreeMap<>();
    cases.forEach((check, found) -> findings.put(check, Finding.of(found)));
    return new AuditReport(findings, new TreeSet<>(notChecked));
  }

  boolean isEmpty() {
    return findings.isEmpty() && notChecked.isEmpty();
  }

  /** The findings of both; a check that both report has the cases of both. */
  AuditReport and(AuditReport other) {
    SortedMap<String, Finding> all = new TreeMap<>(findings);
    other.findings.forEach((check, finding) -> all.merge(check, finding, Finding::and));
    SortedSet<String> failed = new TreeSet<>(notChecked);
    failed.addAll(other.notChecked);
    return new AuditReport(all, failed);
  }

  /** As {@code GET /audit} answers it. */
  JsonObject json() {
    JsonArray shown = new JsonArray();
    findings.forEach(
        (check, finding) ->
            shown.add(
                new JsonObject()
                    .put("check", check)
                    .put("count", finding.count())
                    .put("cases", new JsonArray(new ArrayList<>(finding.cases())))));
    return new JsonObject()
        .put("findings", shown)
        .put("notChecked", new JsonArray(new ArrayList<>(notChecked)));
  }

  static AuditReport from(JsonObject json) {
    SortedMap<String, Finding> findings = new TreeMap<>();
    for (Object each : json.getJsonArray("findings")) {
      JsonObject finding = (JsonObject) each;
      findings.put(
          finding.getString("check"),
          new Finding(finding.getInteger("count"), texts(finding.getJsonArray("cases"))));
    }
    return new AuditReport(findings, new TreeSet<>(texts(json.getJsonArray("notChecked"))));
  }

  private static List<String> texts(JsonArray values) {
    return values.stream().map(String.class::cast).toList();
  }
}
