package dev.converge.lab.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;

/**
 * The system's clock, shifted by the offset in a file. It runs in a service, and is the only class
 * of the lab on its class path.
 */
public final class SteppedClock extends Clock {
  /**
   * The environment variable that names the file: milliseconds to be ahead; behind if less than 0.
   */
  static final String FILE = "LAB_CLOCK_FILE";

  private static final long LOOK_EVERY_NANOS = 50_000_000;

  private final Clock system = Clock.systemUTC();
  private final Path file = Path.of(Objects.requireNonNull(System.getenv(FILE), FILE));
  private long aheadMillis = readMillis();
  private long readNanos = System.nanoTime();

  /** Made by the service that runs with it. */
  public SteppedClock() {}

  @Override
  public synchronized Instant instant() {
    if (System.nanoTime() - readNanos > LOOK_EVERY_NANOS) {
      aheadMillis = readMillis();
      readNanos = System.nanoTime();
    }
    return system.instant().plusMillis(aheadMillis);
  }

  private long readMillis() {
    try {
      return Long.parseLong(Files.readString(file).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("a clock in " + zone);
  }
}
