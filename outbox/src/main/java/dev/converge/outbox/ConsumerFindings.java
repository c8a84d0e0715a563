package dev.converge.outbox;

import dev.converge.faults.TransientFaults;
import dev.converge.outbox.delivery.BlockedException;
import dev.converge.outbox.delivery.Verification.Passed;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The findings of a consumer for operators: since when it is blocked, and which records its
 * committed offsets had passed. Written by the consumer's event loop, read by any thread.
 */
final class ConsumerFindings {
  private static final Logger LOG = LoggerFactory.getLogger(ConsumerFindings.class);
  private static final Duration SHOWN_FOR = Duration.ofMinutes(1);

  private record PassedRecords(long atNanos, List<String> records) {}

  private final ConsumerConfig config;
  private final ConsumerMetrics metrics;
  private final LongSupplier nanoTime;
  private final Blockage blockage;
  private volatile PassedRecords lastPassed = new PassedRecords(0, List.of());

  ConsumerFindings(
      ConsumerConfig config,
      ConsumerMetrics metrics,
      MeterRegistry meters,
      LongSupplier nanoTime,
      String... tags) {
    this.config = config;
    this.metrics = metrics;
    this.nanoTime = nanoTime;
    this.blockage = new Blockage(meters, nanoTime, tags);
  }

  /** A turn failed. */
  void failed(Throwable cause) {
    blockage.failed(
        cause instanceof BlockedException blocked
            ? blocked.shown()
            : TransientFaults.describe(cause));
  }

  /** The consumer makes progress again. */
  void progressed() {
    blockage.ended();
  }

  /** Committed offsets had passed unhandled records, which are read again. */
  void passed(List<Passed> passed) {
    if (passed.isEmpty()) {
      return;
    }
    metrics.passed(passed.stream().mapToLong(Passed::count).sum());
    List<String> records = passed.stream().map(Passed::toString).toList();
    LOG.error("{}: offsets had passed unhandled records, read again: {}", config.name(), records);
    lastPassed = new PassedRecords(nanoTime.getAsLong(), records);
  }

  Map<String, List<String>> all() {
    Map<String, List<String>> findings = new HashMap<>();
    PassedRecords last = lastPassed;
    if (!last.records().isEmpty() && nanoTime.getAsLong() - last.atNanos() <= SHOWN_FOR.toNanos()) {
      findings.put("inbox-passed", last.records());
    }
    blockage
        .finding()
        .ifPresent(
            blocked ->
                findings.put(
                    "inbox-blocked",
                    List.of(config.name() + " on " + config.topic() + " " + blocked)));
    return findings;
  }
}
