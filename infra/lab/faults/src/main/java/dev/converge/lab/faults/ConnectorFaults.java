package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An operator pauses, stops or deletes a connector. A connector that was paused or stopped is named
 * by the platform within 60 s, with its database, and stays as it is. A deleted one is registered
 * again.
 */
final class ConnectorFaults {
  private static final int BOUND_SECONDS = 60;

  private ConnectorFaults() {}

  static List<Fault> of(Platform platform, InterventionLog done) {
    List<Fault> faults = new ArrayList<>();
    for (String domain : Topology.domains()) {
      faults.add(new Held(platform, domain, spec("connector-left-paused", domain), "pause"));
      faults.add(new Held(platform, domain, spec("connector-left-stopped", domain), "stop"));
      faults.add(new Deleted(platform, domain, done, spec("connector-deleted", domain)));
    }
    return faults;
  }

  private static FaultSpec spec(String name, String domain) {
    return new FaultSpec(name, domain + "-outbox", "outbox", 0, 0, BOUND_SECONDS);
  }

  /**
   * Paused or stopped until the platform has named it, then resumed.
   *
   * @param how {@code pause} or {@code stop}
   */
  private record Held(Platform platform, String domain, FaultSpec spec, String how)
      implements Fault {
    @Override
    public @Nullable String whyNot() {
      return Fault.unlessReady(platform, Part.CONNECT);
    }

    @Override
    public void inject() throws IOException, SQLException {
      HttpCall.connector(domain, "PUT", "/" + how).send(platform, Part.CONNECT);
      new AuditFindings(platform, domain).awaitNamed(how.equals("pause") ? "paused" : "stopped");
    }

    @Override
    public void heal() throws IOException, SQLException {
      HttpCall.connector(domain, "PUT", "/resume").send(platform, Part.CONNECT);
      new OutboxSlot(platform, domain).awaitDrained();
    }
  }

  /** Deleted: the platform has to register it again. */
  private record Deleted(Platform platform, String domain, InterventionLog done, FaultSpec spec)
      implements Fault {
    @Override
    public @Nullable String whyNot() {
      return Fault.unlessReady(platform, Part.CONNECT);
    }

    @Override
    public void inject() throws IOException {
      // Connect may keep its offsets or not: it then begins where the log ends.
      done.rowsSkipped();
      HttpCall.connector(domain, "DELETE", "").send(platform, Part.CONNECT);
    }

    @Override
    public void heal() throws IOException, SQLException {
      new OutboxSlot(platform, domain).awaitDrained();
    }
  }
}
