package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The replication slot of an outbox is dropped while its connector is stopped. */
record SlotDropped(Platform platform, String domain, InterventionLog done) implements Fault {
  private static final long UNUSED_WITHIN_NANOS = TimeUnit.SECONDS.toNanos(20);

  @Override
  public FaultSpec spec() {
    return new FaultSpec(
        "connector-stopped-and-slot-dropped", domain + "-db", "connect", 3_000, 4_000, null);
  }

  @Override
  public @Nullable String whyNot() {
    return Fault.unlessReady(platform, Part.CONNECT);
  }

  @Override
  public void inject() throws IOException, SQLException {
    HttpCall.connector(domain, "PUT", "/stop").send(platform, Part.CONNECT);
    done.slotDropped(domain);
    long end = System.nanoTime() + UNUSED_WITHIN_NANOS;
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement()) {
      while (!dropped(statement, System.nanoTime() > end)) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  // In use until the connector has released it.
  private static boolean dropped(Statement statement, boolean lastTry) throws SQLException {
    try {
      statement.execute("SELECT pg_drop_replication_slot('outbox')");
      return true;
    } catch (SQLException inUse) {
      if (lastTry) {
        throw inUse;
      }
      return false;
    }
  }

  @Override
  public void heal() throws IOException {
    HttpCall.connector(domain, "PUT", "/resume").send(platform, Part.CONNECT);
  }
}
