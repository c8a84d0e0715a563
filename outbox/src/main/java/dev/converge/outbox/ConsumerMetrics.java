package dev.converge.outbox;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.trace.SpanContext;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** The counters and the timer of one consumer, tagged with its name and its topic. */
final class ConsumerMetrics {
  /** The upper limits of the buckets. Objectives have one of them as their limit. */
  private static final Duration[] LIMITS =
      Stream.of(10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  // The time of a message that claims to be older is wrong.
  private static final Duration LONGEST_DELIVERY = Duration.ofDays(31);

  private final Exemplars exemplars;
  private final DistributionSummary batchSizes;
  private final Timer delivery;
  private final Counter handled;
  private final Counter duplicates;
  private final Counter parked;
  private final Counter retries;
  private final Counter passed;

  ConsumerMetrics(MeterRegistry meters, Exemplars exemplars, String... tags) {
    this.exemplars = exemplars;
    this.batchSizes =
        DistributionSummary.builder("inbox.transaction.messages")
            .description("Messages in a polled batch")
            .tags(tags)
            .register(meters);
    this.delivery =
        Timer.builder("inbox.delivery")
            .description("From a message's append, in its sender's transaction, to its effect")
            .tags(tags)
            .serviceLevelObjectives(LIMITS)
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

  /**
   * Measures how long new messages took from their append to the commit of their effect, each with
   * the span that processed it.
   */
  void delivered(List<InboundMessage> fresh, Instant now) {
    for (InboundMessage message : fresh) {
      Instant appended = message.time();
      if (appended != null && isPlausible(appended, now)) {
        Duration took = Duration.between(appended, now);
        exemplars.measure(spanOf(message), () -> delivery.record(took));
      }
    }
  }

  private static SpanContext spanOf(InboundMessage message) {
    return Traceparent.parse(message.traceparent())
        .map(Traceparent::context)
        .orElseGet(SpanContext::getInvalid);
  }

  private static boolean isPlausible(Instant appended, Instant now) {
    return !appended.isAfter(now) && appended.isAfter(now.minus(LONGEST_DELIVERY));
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
