package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The clock of the order service is set an hour ahead or back, and right again. No other service
 * decides anything by the clock of its process: they ask their database.
 */
final class ClockFaults {
  private static final Duration STEP = Duration.ofHours(1);
  private static final Duration SEEN_WITHIN = Duration.ofSeconds(10);

  // The log of a saga has the service's time; the database's own is right.
  private static final String STEPPED =
      """
      SELECT count(*) FROM saga_log
      WHERE at > now() + interval '50 minutes' OR at < now() - interval '50 minutes'
      """;

  private ClockFaults() {}

  static List<Fault> of(Platform platform, LabClock clock) {
    return List.of(
        new Stepped(platform, clock, STEP, spec("clock-ahead")),
        new Stepped(platform, clock, STEP.negated(), spec("clock-back")));
  }

  private static FaultSpec spec(String name) {
    return new FaultSpec(name, Part.ORDER_SERVICE.id(), "clock", 4_000, 8_000, 10);
  }

  private record Stepped(Platform platform, LabClock clock, Duration ahead, FaultSpec spec)
      implements Fault {
    @Override
    public Part clockOf() {
      return Part.ORDER_SERVICE;
    }

    @Override
    public @Nullable String whyNot() {
      return Fault.unlessReady(platform, Part.ORDER_SERVICE);
    }

    @Override
    public void inject() throws IOException, SQLException {
      try (Connection connection = platform.connect("order");
          Statement statement = connection.createStatement()) {
        long before = stepped(statement);
        clock.set(ahead);
        if (!Polling.until(SEEN_WITHIN, () -> stepped(statement) > before)) {
          throw new IOException("no order was moved at the time that the clock was set to");
        }
      }
    }

    private static long stepped(Statement statement) throws SQLException {
      try (ResultSet row = statement.executeQuery(STEPPED)) {
        return row.next() ? row.getLong(1) : 0;
      }
    }

    @Override
    public void heal() throws IOException {
      clock.set(Duration.ZERO);
    }
  }
}
