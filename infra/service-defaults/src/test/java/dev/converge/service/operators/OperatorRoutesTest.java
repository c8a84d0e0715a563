package dev.converge.service.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.DeadLetter;
import dev.converge.outbox.DeadLetters;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: a client that follows {@code next} sees all dead letters. Method: pages as the outbox
 * library returns them, also those that are shorter than the limit.
 */
class OperatorRoutesTest {
  private static final UUID ID = new UUID(1, 2);

  @Test
  void pageShorterThanItsLimitHasNextIfThereAreMore() {
    assertThat(OperatorRoutes.json(page(true), false, 100).getString("next"))
        .isEqualTo("/dead-letters?limit=100&after=" + ID);
    assertThat(OperatorRoutes.json(page(true), true, 100).getString("next"))
        .isEqualTo("/dead-letters?limit=100&replayed=true&after=" + ID);
  }

  @Test
  void lastPageHasNoNextEvenIfItIsFull() {
    assertThat(OperatorRoutes.json(page(false), false, 1).containsKey("next")).isFalse();
    assertThat(
            OperatorRoutes.json(new DeadLetters.Page(List.of(), false), false, 1)
                .containsKey("next"))
        .isFalse();
  }

  private static DeadLetters.Page page(boolean more) {
    DeadLetter letter =
        new DeadLetter(
            ID,
            "payment-service",
            ID,
            "payment.commands",
            0,
            0,
            Buffer.buffer("key"),
            List.of(),
            Buffer.buffer("{}"),
            "refused",
            Instant.EPOCH,
            null);
    return new DeadLetters.Page(List.of(letter), more);
  }
}
