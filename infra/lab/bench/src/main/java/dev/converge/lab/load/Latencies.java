package dev.converge.lab.load;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Percentiles in milliseconds, from the time a request was meant to be sent: a stall counts for all
 * that had to wait for it (G. Tene, "How NOT to measure latency"). Null where nothing was timed: a
 * NaN would pass JSON as a word, and a 0 would be a figure.
 */
public record Latencies(
    long count,
    @Nullable Double p50,
    @Nullable Double p90,
    @Nullable Double p99,
    @Nullable Double p999,
    @Nullable Double max) {
  private static final double NANOS_PER_MILLI = 1e6;

  /** The percentiles of times in nanoseconds. */
  public static Latencies of(Histogram nanos) {
    if (nanos.getTotalCount() == 0) {
      return new Latencies(0, null, null, null, null, null);
    }
    return new Latencies(
        nanos.getTotalCount(),
        millis(nanos, 50),
        millis(nanos, 90),
        millis(nanos, 99),
        millis(nanos, 99.9),
        nanos.getMaxValue() / NANOS_PER_MILLI);
  }

  /** A histogram in HdrHistogram's compressed form, as text (RFC 4648, Base64). */
  static String encoded(Histogram nanos) {
    ByteBuffer buffer = ByteBuffer.allocate(nanos.getNeededByteBufferCapacity());
    int length = nanos.encodeIntoCompressedByteBuffer(buffer);
    return Base64.getEncoder().encodeToString(Arrays.copyOf(buffer.array(), length));
  }

  /**
   * The histogram that was encoded.
   *
   * @throws IllegalArgumentException if it is malformed
   */
  static Histogram decoded(String encoded) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(encoded));
      return Histogram.decodeFromCompressedByteBuffer(bytes, 0);
    } catch (DataFormatException e) {
      throw new IllegalArgumentException("no histogram: " + encoded, e);
    }
  }

  private static double millis(Histogram nanos, double percentile) {
    return nanos.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
  }
}
