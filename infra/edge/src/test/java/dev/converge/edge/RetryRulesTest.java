package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: a request is sent again only where that is safe and useful. Method: examples. */
class RetryRulesTest {
  private static final long LEFT = 10_000;

  @ParameterizedTest
  @CsvSource({
    "GET, /orders, false, true",
    "HEAD, /, false, true",
    "OPTIONS, /, false, true",
    "POST, /orders, true, true",
    "POST, /orders, false, false",
    "POST, /orders/, true, false",
    "POST, /orders/7/cancel, true, false",
    "PUT, /stock/a, true, false",
    "DELETE, /orders, true, false",
    "PATCH, /orders, true, false",
    "TRACE, /, false, false"
  })
  void onlySafeMethodsAndOrdersWithAKeyAreRepeatable(
      String method, String path, boolean hasKey, boolean isRepeatable) {
    assertThat(RetryRules.isRepeatable(method, path, hasKey)).isEqualTo(isRepeatable);
  }

  @Test
  void onlyADeclaredAndSmallBodyIsKept() {
    assertThat(RetryRules.isKept(0)).isTrue();
    assertThat(RetryRules.isKept(RetryRules.MOST_BODY_BYTES)).isTrue();
    assertThat(RetryRules.isKept(RetryRules.MOST_BODY_BYTES + 1)).isFalse();
    assertThat(RetryRules.isKept(-1)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = Failure.class,
      names = {"NOT_CONNECTED", "RESET", "TIMED_OUT"})
  void repeatableRequestIsRetriedAfterAFailureOfTheReplica(Failure failure) {
    assertThat(RetryRules.isRetried(failure, true, 1, true, LEFT)).isTrue();
    assertThat(RetryRules.isRetried(failure, true, 2, true, LEFT)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Failure.class)
  void retriesEndAtEachBound(Failure failure) {
    assertThat(RetryRules.isRetried(failure, false, 1, true, LEFT)).isFalse();
    assertThat(RetryRules.isRetried(failure, true, RetryRules.MOST_ATTEMPTS, true, LEFT)).isFalse();
    assertThat(RetryRules.isRetried(failure, true, 1, false, LEFT)).isFalse();
    assertThat(RetryRules.isRetried(failure, true, 1, true, RetryRules.LEAST_MILLIS - 1)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = Failure.class,
      names = {"NO_CONNECTION_LEFT", "CLIENT_CLOSED"})
  void otherFailuresAreNotRetried(Failure failure) {
    assertThat(RetryRules.isRetried(failure, true, 1, true, LEFT)).isFalse();
  }

  @Test
  void budgetGrowsWithTheRequestsAndHasALeast() {
    RetryBudget budget = new RetryBudget(20, 3);
    assertThat(budget.admits(2, 1)).isTrue();
    assertThat(budget.admits(3, 1)).isFalse();
    assertThat(budget.admits(19, 100)).isTrue();
    assertThat(budget.admits(20, 100)).isFalse();
  }
}
