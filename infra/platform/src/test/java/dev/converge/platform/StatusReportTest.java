package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

/** Goal: each finding of an audit is printed as a line. Method: answers of {@code GET /audit}. */
class StatusReportTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void findingIsALineWithSomeCases() throws Exception {
    assertThat(
            StatusReport.lines(
                "order-service",
                JSON.readTree(
                    """
                    {"findings":[{"check":"sagas-stuck","count":7,"cases":["a","b","c","d"]}],
                     "notChecked":[]}
                    """)))
        .containsExactly("audit: order-service: sagas-stuck 7: a, b, c");
  }

  @Test
  void checkThatDidNotRunIsPrinted() throws Exception {
    assertThat(
            StatusReport.lines(
                "order-service",
                JSON.readTree("{\"findings\":[],\"notChecked\":[\"sagas-overdue\"]}")))
        .containsExactly("audit: order-service: sagas-overdue could not be checked");
  }

  @Test
  void auditWithoutFindingsPrintsNoLineAndAnUnansweredOneDoes() throws Exception {
    assertThat(
            StatusReport.lines(
                "order-service", JSON.readTree("{\"findings\":[],\"notChecked\":[]}")))
        .isEmpty();
    assertThat(StatusReport.lines("order-service", JSON.missingNode())).hasSize(1);
  }
}
