package dev.converge.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.debezium.connector.base.QueueProvider;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class IdleQueueProviderTest {
  private final IdleQueueProvider<String> queue = new IdleQueueProvider<>();

  @Test
  void debeziumFindsItByItsName() {
    assertThat(ServiceLoader.load(QueueProvider.class))
        .anyMatch(found -> found.name().equals("idle"));
  }

  @Test
  void changesLeaveInTheOrderInWhichTheyCame() {
    queue.enqueue("first");
    queue.enqueue("second");

    assertThat(queue.size()).isEqualTo(2);
    assertThat(queue.poll()).isEqualTo("first");
    assertThat(queue.poll()).isEqualTo("second");
    assertThat(queue.size()).isZero();
  }

  @Test
  void whoAsksAnEmptyQueueInARowRestsAndWhoFillsItDoesNot() {
    IdleQueueProvider<String> filledHere = new IdleQueueProvider<>();
    filledHere.enqueue("change");
    assertThat(filledHere.poll()).isEqualTo("change");

    long consumersQuestions = questionsWhileEmpty(queue);
    long producersQuestions = questionsWhileEmpty(filledHere);

    // A rest is 250 microseconds, a question less than one.
    assertThat(consumersQuestions).isLessThan(producersQuestions / 10);
  }

  private static long questionsWhileEmpty(IdleQueueProvider<String> empty) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
    long questions = 0;
    while (System.nanoTime() < end) {
      questions += 1 + empty.size();
    }
    return questions;
  }
}
