package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: orders count in the second in which they were meant to be sent. Method: examples. */
class ClientSecondTest {
  private static OrderAttempt attempt(double intended, double answered, int status) {
    return new OrderAttempt("key", intended, answered, status, 1, null, null);
  }

  @Test
  void answersCountInTheSecondOfTheirRequest() {
    List<ClientSecond> series =
        ClientSecond.series(
            List.of(
                attempt(0, 3_000, 201),
                attempt(999, 1_000, 202),
                attempt(1_000, 1_100, 409),
                attempt(1_500, 1_600, 429),
                attempt(1_600, 1_700, 503),
                attempt(1_700, 4_000, 0)),
            List.of(2_500.0, -1.0, 9_000.0),
            3_000);
    assertThat(series)
        .containsExactly(
            new ClientSecond(0, 2, 2, 0, 0, 0, 0),
            new ClientSecond(1, 4, 0, 1, 2, 1, 0),
            new ClientSecond(2, 0, 0, 0, 0, 0, 1));
  }

  @Test
  void secondIsUnavailableBelowHalfOfItsOrders() {
    assertThat(new ClientSecond(0, 4, 2, 0, 2, 0, 0).isDown()).isFalse();
    assertThat(new ClientSecond(0, 4, 1, 0, 3, 0, 0).isDown()).isTrue();
    assertThat(new ClientSecond(0, 0, 0, 0, 0, 0, 0).isDown()).isFalse();
  }
}
