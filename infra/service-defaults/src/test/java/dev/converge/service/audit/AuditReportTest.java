package dev.converge.service.audit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Goal: a report is the same after it was stored, is bounded, and loses nothing when merged. */
class AuditReportTest {
  @Test
  void storedReportIsTheReport() {
    AuditReport report =
        AuditReport.of(
            Map.of("sagas-stuck", List.of("one", "two"), "outbox-rows", List.of("three")),
            Set.of("sagas-overdue"));

    assertThat(AuditReport.from(report.json())).isEqualTo(report);
    assertThat(AuditReport.from(AuditReport.NONE.json())).isEqualTo(AuditReport.NONE);
  }

  @Test
  void findingNamesTenCasesAndCountsAll() {
    List<String> cases = IntStream.range(0, 100).mapToObj(each -> "case " + each).toList();

    AuditReport report = AuditReport.of(Map.of("sagas-stuck", cases), Set.of());

    AuditReport.Finding finding = requireNonNull(report.findings().get("sagas-stuck"));
    assertThat(finding.count()).isEqualTo(100);
    assertThat(finding.cases()).hasSize(10).startsWith("case 0");
  }

  @Test
  void mergedReportHasTheCasesOfBoth() {
    AuditReport first = AuditReport.of(Map.of("inbox-blocked", List.of("one")), Set.of("a"));
    AuditReport second =
        AuditReport.of(
            Map.of("inbox-blocked", List.of("two"), "outbox-rows", List.of("three")), Set.of("b"));

    assertThat(first.and(second))
        .isEqualTo(
            AuditReport.of(
                Map.of("inbox-blocked", List.of("one", "two"), "outbox-rows", List.of("three")),
                Set.of("a", "b")));
    assertThat(first.and(AuditReport.NONE)).isEqualTo(first);
  }
}
