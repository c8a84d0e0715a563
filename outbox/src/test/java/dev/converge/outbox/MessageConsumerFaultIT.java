package dev.converge.outbox;

import static dev.converge.outbox.CloudEvents.events;
import static dev.converge.testkit.OutboxPlatform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Part;
import dev.converge.testkit.OutboxPlatform;
import io.opentelemetry.api.OpenTelemetry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Goal: an unavailable database or broker costs time and nothing else. Method: the process is
 * killed with SIGKILL while the effects of a batch are written but not committed, and restarted.
 */
@ResourceLock(OutboxPlatform.PARTS)
class MessageConsumerFaultIT {
  private static final int FIRST = 100;
  private static final int BATCH = 20;

  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final String topic = platform.newTopic();

  /** Holds the third batch, once, inside its transaction. */
  private final Promise<Void> reached = Promise.promise();

  private final Promise<Void> released = Promise.promise();
  private final AtomicInteger batches = new AtomicInteger();
  private final RecordingHandler handler =
      new RecordingHandler(
          batch -> {
            if (batches.incrementAndGet() != 3) {
              return Future.succeededFuture();
            }
            reached.complete();
            return released.future();
          });

  @BeforeEach
  void forgetEffects() {
    platform.forgetEffects();
  }

  private void awaitEachOnce(int count) {
    await(count + " effects").ignoreExceptions().until(() -> platform.count("effect") >= count);
    assertThat(platform.count("(SELECT DISTINCT message_id FROM effect) AS distinct_messages"))
        .isEqualTo(count);
    assertThat(platform.count("effect")).isEqualTo(count);
    assertThat(platform.count("dead_letter")).isZero();
  }

  @Test
  void databaseKilledInABatchLeavesEveryEffectOnce() {
    platform.send(events(topic, FIRST));

    try (RunningConsumer consumer = new RunningConsumer(platform, topic, BATCH, handler)) {
      await(reached.future());
      platform.kill(Part.ORDER_DB);
      released.complete();
      await("retries while the database is unavailable")
          .until(() -> consumer.retriedBatches() >= 3);
      platform.start(Part.ORDER_DB);

      awaitEachOnce(FIRST);
      assertThat(consumer.parked()).isZero();
    }
  }

  @Tag("campaign")
  @Test
  void brokerKilledInABatchLeavesEveryEffectOnceAndKeepsAppendedMessages() {
    platform.send(events(topic, FIRST));

    try (RunningConsumer consumer = new RunningConsumer(platform, topic, BATCH, handler)) {
      await(reached.future());
      platform.kill(Part.KAFKA);
      released.complete();
      await(
          platform
              .pool()
              .withTransaction(
                  tx ->
                      Outbox.create(OpenTelemetry.noop().getTracer("test"))
                          .append(tx, appended(topic, 10))));
      platform.start(Part.KAFKA);

      awaitEachOnce(FIRST + 10);
      assertThat(consumer.parked()).isZero();
    }
  }

  private static List<OutboxMessage> appended(String topic, int count) {
    List<OutboxMessage> messages = new ArrayList<>();
    for (int sequence = 1; sequence <= count; sequence++) {
      messages.add(
          new OutboxMessage(topic, "order-1", sequence, new Payload(CloudEvents.TYPE, "{}")));
    }
    return messages;
  }
}
