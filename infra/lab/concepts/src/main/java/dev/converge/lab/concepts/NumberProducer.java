package dev.converge.lab.concepts;

import dev.converge.lab.concepts.ProducedNumbers.Sent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;

/**
 * Writes the numbers from 1 on into a topic at a steady rate, independent of the answers, and keeps
 * when each was acknowledged.
 */
final class NumberProducer implements AutoCloseable {
  private static final Duration READS_WITHIN = Duration.ofSeconds(60);
  private static final Duration CLOSES_WITHIN = Duration.ofSeconds(60);
  private static final long REQUEST_MILLIS = 3_000;

  private final String topic;
  private final int perSecond;
  private final KafkaProducer<Long, Long> producer;
  private final Map<Long, Long> acknowledgedNanos = new ConcurrentHashMap<>();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicBoolean over = new AtomicBoolean();
  private final Thread thread = new Thread(this::run, "numbers");

  private NumberProducer(String topic, int perSecond, Map<String, Object> settings) {
    this.topic = topic;
    this.perSecond = perSecond;
    this.producer = new KafkaProducer<>(settings, new LongSerializer(), new LongSerializer());
    thread.start();
  }

  /** With acks=all and idempotence, Kafka's defaults. */
  static NumberProducer all(String bootstrapServers, String topic, int perSecond) {
    return new NumberProducer(topic, perSecond, settings(bootstrapServers));
  }

  /** With acks=1, which rules idempotence out. */
  static NumberProducer one(String bootstrapServers, String topic, int perSecond) {
    Map<String, Object> settings = settings(bootstrapServers);
    settings.put("acks", "1");
    settings.put("enable.idempotence", false);
    return new NumberProducer(topic, perSecond, settings);
  }

  private static Map<String, Object> settings(String bootstrapServers) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", bootstrapServers);
    // Shorter than by default, so that a request to a silent broker is repeated within the fault.
    settings.put("request.timeout.ms", (int) REQUEST_MILLIS);
    settings.put("linger.ms", 0);
    settings.put("delivery.timeout.ms", (int) CLOSES_WITHIN.toMillis());
    return settings;
  }

  private void run() {
    long begin = System.nanoTime();
    while (!over.get()) {
      long number = sent.incrementAndGet();
      // The callback records what is acknowledged; all else is not.
      var unused =
          producer.send(
              new ProducerRecord<>(topic, number),
              (stored, failed) -> {
                if (failed == null) {
                  acknowledgedNanos.put(number, System.nanoTime());
                }
              });
      long due = begin + number * 1_000_000_000L / perSecond;
      LockSupport.parkNanos(Math.max(1, due - System.nanoTime()));
    }
  }

  /** How many numbers were acknowledged by now. */
  int acknowledged() {
    return acknowledgedNanos.size();
  }

  /** Whether a number was acknowledged after a time. */
  boolean hasAcknowledgedSince(long nanos) {
    return acknowledgedNanos.values().stream().anyMatch(at -> at - nanos > 0);
  }

  /** Sends no more, and waits until each number is acknowledged or has failed. */
  void end() throws InterruptedException {
    over.set(true);
    thread.join(CLOSES_WITHIN.toMillis());
    producer.close(CLOSES_WITHIN);
  }

  /**
   * The fate of the numbers, after {@link #end}.
   *
   * @param since the time of the fault
   */
  ProducedNumbers numbers(String bootstrapServers, long since) {
    List<Sent> all = new ArrayList<>();
    for (long number = 1; number <= sent.get(); number++) {
      Long at = acknowledgedNanos.get(number);
      all.add(new Sent(number, at == null ? null : Double.valueOf((at - since) / 1e6)));
    }
    return new ProducedNumbers(all, copies(bootstrapServers));
  }

  private Map<Long, Integer> copies(String bootstrapServers) {
    TopicPartition partition = new TopicPartition(topic, 0);
    Map<Long, Integer> copies = new HashMap<>();
    long until = System.nanoTime() + READS_WITHIN.toNanos();
    try (KafkaConsumer<Long, Long> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrapServers),
            new LongDeserializer(),
            new LongDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      Long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (end != null && consumer.position(partition) < end) {
        if (System.nanoTime() > until) {
          throw new IllegalStateException(topic + " cannot be read to its end");
        }
        consumer
            .poll(Duration.ofMillis(200))
            .forEach(found -> copies.merge(found.value(), 1, Integer::sum));
      }
    }
    return copies;
  }

  @Override
  public void close() {
    over.set(true);
    producer.close(Duration.ZERO);
  }
}
