package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Role;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A database that has a standby changes its primary: as planned, or because its disk is lost. */
final class FailoverFaults {
  /** The supervisor copies a lost standby, and waits for its slot. */
  private static final Duration PROTECTED_WITHIN = Duration.ofSeconds(90);

  private FailoverFaults() {}

  static List<Fault> of(Platform platform) {
    List<Fault> faults = new ArrayList<>();
    for (Part database : Topology.databaseParts()) {
      if (platform.scale().of(database.role()) > 1) {
        faults.add(new Planned(platform, database.role(), spec("failover", database, 0)));
        faults.add(new DiskLost(platform, database.role(), spec("disk-lost", database, 5_000)));
      }
    }
    return faults;
  }

  private static FaultSpec spec(String name, Part database, int maxHold) {
    return new FaultSpec(name, database.id(), "kill", 0, maxHold, 20);
  }

  // Without a standby that has everything, the loss of a primary loses orders: by design.
  private static @Nullable String whyNot(Platform platform, Role database) {
    try {
      return Polling.until(PROTECTED_WITHIN, platform::isProtected)
          ? null
          : database.id() + " is not protected by a standby";
    } catch (IOException | SQLException e) {
      return database.id() + ": " + e.getMessage();
    }
  }

  /** A standby becomes the primary, which ends in order and comes back as a standby. */
  private record Planned(Platform platform, Role database, FaultSpec spec) implements Fault {
    @Override
    public @Nullable String whyNot() {
      return FailoverFaults.whyNot(platform, database);
    }

    @Override
    public void inject() {
      platform.failover(database);
    }

    @Override
    public void heal() {
      // The former primary runs again.
    }
  }

  /** The primary is killed and its data are gone. It comes back as a copy of the new primary. */
  private static final class DiskLost implements Fault {
    private final Platform platform;
    private final Role database;
    private final FaultSpec spec;
    private @Nullable Part lost;

    DiskLost(Platform platform, Role database, FaultSpec spec) {
      this.platform = platform;
      this.database = database;
      this.spec = spec;
    }

    @Override
    public FaultSpec spec() {
      return spec;
    }

    @Override
    public @Nullable String whyNot() {
      return FailoverFaults.whyNot(platform, database);
    }

    @Override
    public void inject() {
      Part primary = platform.primary(database);
      lost = primary;
      platform.loseDisk(primary);
    }

    @Override
    public void heal() throws IOException, SQLException {
      Part former = lost;
      if (former == null) {
        return;
      }
      if (!Polling.until(PROTECTED_WITHIN, () -> platform.primary(database) != former)) {
        throw new IOException(database.id() + ": no standby was promoted");
      }
      platform.start(former);
      lost = null;
    }
  }
}
