package dev.converge.lab.simulation;

import dev.converge.lab.simulation.Topic.Entry;
import dev.converge.outbox.delivery.EntryReader;
import dev.converge.outbox.delivery.Partition;
import java.util.UUID;

/** Reads what the rules of delivery need of an entry. */
final class Entries implements EntryReader<Entry> {
  @Override
  public Partition partition(Entry entry) {
    return entry.topic().named(entry.partition());
  }

  @Override
  public long offset(Entry entry) {
    return entry.offset();
  }

  @Override
  public UUID id(Entry entry) {
    return new UUID(1, entry.message().id());
  }

  @Override
  public String type(Entry entry) {
    return entry.message().payload().getClass().getSimpleName();
  }

  @Override
  public String aggregate(Entry entry) {
    return entry.message().order().toString();
  }
}
