package dev.converge.outbox.delivery;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Partitions whose last batch failed, and the offsets from which they are read again. */
final class RewoundPartitions<E> {
  private final EntryReader<E> reader;
  private final Map<Partition, Long> offsets = new HashMap<>();

  RewoundPartitions(EntryReader<E> reader) {
    this.reader = reader;
  }

  boolean isEmpty() {
    return offsets.isEmpty();
  }

  /** Seeks back to the first entries of a failed batch, so that the next poll returns them. */
  Future<Void> rewind(Subscription<E> subscription, List<E> batch) {
    Map<Partition, Long> first = new LinkedHashMap<>();
    batch.forEach(entry -> first.putIfAbsent(reader.partition(entry), reader.offset(entry)));
    offsets.putAll(first);
    List<Future<Void>> seeks = new ArrayList<>();
    first.forEach((partition, offset) -> seeks.add(subscription.seek(partition, offset)));
    // A partition that was revoked cannot be sought, and need not be.
    return Future.join(seeks).transform(sought -> Future.succeededFuture());
  }

  /** Removes the partitions of a batch that was handled. */
  void handled(List<E> batch) {
    if (!offsets.isEmpty()) {
      batch.forEach(entry -> offsets.remove(reader.partition(entry)));
    }
  }

  /** Removes partitions that were revoked or are read from another offset. */
  void forget(Collection<Partition> partitions) {
    offsets.keySet().removeAll(partitions);
  }

  void clear() {
    offsets.clear();
  }

  /**
   * Removes partitions whose records were deleted, by retention or with their topic: a poll has
   * returned nothing of them and their position has moved. Never fails: the polled entries must be
   * handled in any case.
   */
  Future<Void> forgetDeleted(Subscription<E> subscription, List<E> polled) {
    if (offsets.isEmpty()) {
      return Future.succeededFuture();
    }
    Map<Partition, Long> awaited = new HashMap<>(offsets);
    polled.forEach(entry -> awaited.remove(reader.partition(entry)));
    List<Future<Void>> checks = new ArrayList<>();
    awaited.forEach((partition, offset) -> checks.add(check(subscription, partition, offset)));
    return Future.join(checks).transform(checked -> Future.succeededFuture());
  }

  private Future<Void> check(Subscription<E> subscription, Partition partition, long offset) {
    return subscription
        .position(partition)
        .onSuccess(
            position -> {
              if (position != offset) {
                forget(Set.of(partition));
              }
            })
        .onFailure(
            cause -> {
              // The partition was assigned to another consumer.
              if (cause instanceof IllegalStateException) {
                forget(Set.of(partition));
              }
            })
        .mapEmpty();
  }
}
