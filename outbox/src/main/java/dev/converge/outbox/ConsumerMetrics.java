package dev.converge.outbox;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;

/** The counters of one consumer, tagged with its name and its topic. */
final class ConsumerMetrics {
  private final DistributionSummary batchSizes;
  private final Counter handled;
  private final Counter duplicates;
  private final Counter parked;
  private final Counter retries;
  private final Counter passed;

  ConsumerMetrics(MeterRegistry meters, String... tags) {
    this.batchSizes =
        DistributionSummary.builder("inbox.transaction.messages")
            .description("Messages in a polled batch")
            .tags(tags)
            .register(meters);
    this.handled =
        counter(meters, "inbox.messages.handled", "Messages whose effect was committed", tags);
    this.duplicates =
        counter(meters, "inbox.messages.duplicate", "Redelivered messages, deduplicated", tags);
    this.parked = counter(meters, "inbox.messages.parked", "Messages parked as dead letters", tags);
    this.retries = counter(meters, "inbox.batches.retried", "Polls and batches that failed", tags);
    this.passed =
        counter(
            meters,
            "inbox.records.passed",
            "Unhandled records that a committed offset had passed, and that are read again",
            tags);
  }

  private static Counter counter(
      MeterRegistry meters, String name, String description, String... tags) {
    return Counter.builder(name).description(description).tags(tags).register(meters);
  }

  void batch(int messages) {
    batchSizes.record(messages);
  }

  /** Counts a committed batch: its new messages, and the others as duplicates. */
  void committed(int messages, int fresh) {
    handled.increment(fresh);
    duplicates.increment(messages - fresh);
  }

  void parked() {
    parked.increment();
  }

  void retried() {
    retries.increment();
  }

  void passed(long records) {
    passed.increment((double) records);
  }
}
