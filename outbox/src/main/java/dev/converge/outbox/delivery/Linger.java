package dev.converge.outbox.delivery;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * How long a consumer lingers after a batch of several messages: three times as long as the batch
 * took, 3 ms per message and 25 ms at most. Messages that arrive meanwhile share the next
 * transaction, and with it all costs per transaction here and in the consumers that follow. The
 * consumer does not linger after a single message or after a full batch.
 */
final class Linger {
  private static final int FACTOR = 3;
  private static final long MILLIS_PER_MESSAGE = 3;
  private static final long MAX_MILLIS = 25;

  private Linger() {}

  /**
   * The time to linger in milliseconds.
   *
   * @param messages in the batch
   * @param maxBatch the size of a full batch
   * @param workedNanos how long the batch took
   */
  static long millis(int messages, int maxBatch, long workedNanos) {
    if (messages == 1 || messages >= maxBatch) {
      return 0;
    }
    long most = Math.min(MAX_MILLIS, messages * MILLIS_PER_MESSAGE);
    return Math.max(1, Math.min(most, NANOSECONDS.toMillis(workedNanos * FACTOR)));
  }
}
