package dev.converge.outbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.converge.outbox.delivery.EntryReader;
import dev.converge.outbox.delivery.Partition;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads what the rules of delivery need of a Kafka record. */
final class RecordReader implements EntryReader<ConsumerRecord<byte[], byte[]>> {
  @Override
  public Partition partition(ConsumerRecord<byte[], byte[]> entry) {
    return new Partition(entry.topic(), entry.partition());
  }

  @Override
  public long offset(ConsumerRecord<byte[], byte[]> entry) {
    return entry.offset();
  }

  @Override
  public UUID id(ConsumerRecord<byte[], byte[]> entry) {
    return Records.idOf(entry);
  }

  @Override
  public String type(ConsumerRecord<byte[], byte[]> entry) {
    return Records.headers(entry).getOrDefault("ce_type", "");
  }

  // Any text that is equal for equal bytes. A record without a key shares no aggregate.
  @Override
  public String aggregate(ConsumerRecord<byte[], byte[]> entry) {
    return entry.key() == null ? place(entry) : new String(entry.key(), ISO_8859_1);
  }
}
