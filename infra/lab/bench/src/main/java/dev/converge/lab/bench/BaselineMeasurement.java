package dev.converge.lab.bench;

import dev.converge.lab.load.Latencies;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Measures the limits of the machine: one database alone, PostgreSQL alone, one hop alone. */
final class BaselineMeasurement {
  private static final int HOP_ATTEMPTS = 3;

  private final Platform platform;
  private final Supplier<Platform> emptyPlatform;
  private final Duration each;

  /**
   * A measurement of a platform that runs.
   *
   * @param emptyPlatform another platform on the same ports, on an empty state folder
   * @param each how long each rate of PostgreSQL is measured
   */
  BaselineMeasurement(Platform platform, Supplier<Platform> emptyPlatform, Duration each) {
    this.platform = platform;
    this.emptyPlatform = emptyPlatform;
    this.each = each;
  }

  /** Measures; then everything runs again. */
  Baseline measure(LongSupplier residentMiB) {
    stopAllButOrderDb();
    double databaseStart = databaseStart();
    Baseline.Postgres alone = postgresAlone();
    platform.up((part, sinceBegin) -> {});
    long resident = residentMiB.getAsLong();
    return new Baseline(databaseStart, alone, hop(), resident);
  }

  private void stopAllButOrderDb() {
    for (Part part : platform.nodes()) {
      if (part != Part.ORDER_DB) {
        platform.stop(part);
      }
    }
  }

  /** Seconds to create and start a first database, with nothing else running. */
  private double databaseStart() {
    platform.stop(Part.ORDER_DB);
    Platform another = emptyPlatform.get();
    try {
      long begin = System.nanoTime();
      another.start(Part.ORDER_DB);
      return (System.nanoTime() - begin) / 1e9;
    } finally {
      another.down();
      another.forget();
      platform.start(Part.ORDER_DB);
    }
  }

  private Baseline.Postgres postgresAlone() {
    PostgresBaseline postgres = new PostgresBaseline(platform, each.toMillis());
    postgres.prepare();
    Baseline.Postgres alone =
        new Baseline.Postgres(
            postgres.twoInserts(PostgresBaseline.CLIENTS),
            postgres.twoInserts(1),
            postgres.orderWrites(),
            postgres.orderWritesBatched(),
            postgres.orderWritesWalBytes());
    postgres.clean();
    return alone;
  }

  private Baseline.Hop hop() {
    try (HopBaseline hop = new HopBaseline(platform)) {
      hop.rows(20_000);
      HopBaseline.Throughput throughput = hop.rows(60_000);
      hop.settle();
      return new Baseline.Hop(
          quietest(hop), throughput.rowsPerSecond(), throughput.cpuMicrosPerRow());
    }
  }

  // The best of some attempts: neither the after-effects of full speed nor other processes belong
  // to this figure.
  private static Latencies quietest(HopBaseline hop) {
    Latencies best = hop.latencies(200, 20);
    for (int attempt = 1; attempt < HOP_ATTEMPTS; attempt++) {
      Latencies again = hop.latencies(200, 20);
      if (p99(again) < p99(best)) {
        best = again;
      }
    }
    return best;
  }

  private static double p99(Latencies hop) {
    Double p99 = hop.p99();
    return p99 == null ? Double.POSITIVE_INFINITY : p99;
  }
}
