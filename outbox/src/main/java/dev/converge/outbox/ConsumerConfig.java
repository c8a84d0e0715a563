package dev.converge.outbox;

import dev.converge.outbox.delivery.DeliverySettings;
import java.time.Duration;
import java.util.Map;

/**
 * The configuration of a {@link MessageConsumer}.
 *
 * @param name the consumer's name in the inbox and its Kafka group
 * @param topic the topic to read
 * @param maxBatch maximum messages in one transaction, 1 to 10,000; a failed batch is handled
 *     message by message, which must end within Kafka's {@code max.poll.interval.ms}
 * @param pollTimeout the maximum wait of a poll for the first message
 * @param transactionTimeout how long a batch may take before it fails as an environment fault
 * @param retry how failures are retried
 * @param kafka further properties of the Kafka consumer, {@code bootstrap.servers} at least
 */
public record ConsumerConfig(
    String name,
    String topic,
    int maxBatch,
    Duration pollTimeout,
    Duration transactionTimeout,
    RetryPolicy retry,
    Map<String, String> kafka) {

  public ConsumerConfig {
    if (maxBatch < 1 || maxBatch > 10_000) {
      throw new IllegalArgumentException("maxBatch: " + maxBatch + " (expected: 1 to 10000)");
    }
    kafka = Map.copyOf(kafka);
  }

  DeliverySettings delivery() {
    return new DeliverySettings(maxBatch, pollTimeout, retry.attempts(), retry.backoff());
  }

  /** 500 messages per transaction, one second per poll, ten seconds per transaction. */
  public static ConsumerConfig of(String name, String topic, String bootstrapServers) {
    return new ConsumerConfig(
        name,
        topic,
        500,
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        RetryPolicy.standard(),
        Map.of("bootstrap.servers", bootstrapServers));
  }
}
