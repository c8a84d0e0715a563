package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MessageConsumerTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void doesNotRestAfterAMessageThatCameAlone() {
    assertThat(MessageConsumer.restMillis(1, SECOND)).isZero();
  }

  @Test
  void restsForThreeTimesTheTimeThatABatchTook() {
    assertThat(MessageConsumer.restMillis(8, TimeUnit.MILLISECONDS.toNanos(4))).isEqualTo(12);
    assertThat(MessageConsumer.restMillis(8, 1)).isEqualTo(1);
  }

  @Test
  void restsTheLongerTheMoreMessagesCameUpToItsBound() {
    assertThat(MessageConsumer.restMillis(2, SECOND)).isEqualTo(6);
    assertThat(MessageConsumer.restMillis(8, SECOND)).isEqualTo(24);
    assertThat(MessageConsumer.restMillis(400, SECOND)).isEqualTo(25);
  }
}
