package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: findings about corrupt data count, and findings that the faults cause do not. */
class AuditWatchTest {
  @Test
  void onlyFindingsAboutDataCount() throws Exception {
    String answer =
        """
        {"findings":[
          {"check":"outbox-slot","count":1,"cases":["outbox: gone"]},
          {"check":"sagas-overdue","count":1,"cases":["17"]},
          {"check":"payments-not-as-orders","count":2,"cases":["1: charged nothing","2: charged all"]}
        ],"notChecked":["reservations-orphaned"]}
        """;

    assertThat(AuditWatch.ofData("payment-service", new ObjectMapper().readTree(answer)))
        .containsExactly(
            "payment-service: payments-not-as-orders: 1: charged nothing",
            "payment-service: payments-not-as-orders: 2: charged all");
  }

  @Test
  void checksThatFailedAreReported() throws Exception {
    String answer =
        """
        {"findings":[],"notChecked":["payments-not-as-orders","payments-awaiting-provider"]}
        """;

    assertThat(AuditWatch.notChecked("payment-service", new ObjectMapper().readTree(answer)))
        .containsExactly("payment-service: payments-not-as-orders");
  }

  @Test
  void serviceThatNeverAnswersMeetsNoGoal() {
    assertThat(Goal.noFinding(new AuditWatch.Observed(0, List.of(), List.of())).met()).isFalse();
    assertThat(Goal.noFinding(new AuditWatch.Observed(5, List.of(), List.of())).met()).isTrue();
    assertThat(Goal.noFinding(new AuditWatch.Observed(5, List.of(), List.of("a: b"))).met())
        .isFalse();
  }
}
