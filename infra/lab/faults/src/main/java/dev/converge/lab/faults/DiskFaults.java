package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.PlatformException;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Faults of the disk that a database or Kafka has its data on, which is one of its own. */
final class DiskFaults {
  private static final Duration REFUSED_WITHIN = Duration.ofSeconds(10);
  private static final Duration STARTED_WITHIN = Duration.ofSeconds(60);

  /** Until then only tables cannot grow. */
  private static final Duration LOG_GOES_ON = Duration.ofSeconds(2);

  /** More segments of its log than a server keeps to use again. */
  private static final int SEGMENTS = 20;

  private static final List<String> NEXT_SEGMENT =
      List.of("SELECT pg_create_restore_point('lab')", "SELECT pg_switch_wal()");

  // More than a server buffers for one connection.
  private static final List<String> WRITE =
      List.of(
          "DROP TABLE IF EXISTS lab_filler",
          "CREATE TEMPORARY TABLE lab_filler AS"
              + " SELECT repeat('x', 500) AS filler FROM generate_series(1, 40000)",
          "DROP TABLE lab_filler");

  private DiskFaults() {}

  private static @Nullable String whyNot(Platform platform, Disks disks, Part part) {
    if (!disks.has(part)) {
      return part.id() + " has no disk of its own";
    }
    return Fault.unlessReady(platform, part);
  }

  static List<Fault> of(Platform platform, Disks disks) {
    List<Fault> faults = new ArrayList<>();
    for (String domain : Topology.domains()) {
      Part part = Part.of(domain + "-db");
      faults.add(
          new PowerCut(
              platform, disks, part, new FaultSpec("power-cut", part.id(), "kill", 0, 1_000, 20)));
      faults.add(
          new Full(
              platform,
              disks,
              domain,
              part,
              new FaultSpec("disk-full", part.id(), "database", 3_000, 6_000, 20)));
    }
    faults.add(
        new FullOfKafka(
            platform,
            disks,
            Part.KAFKA,
            new FaultSpec("disk-full", Part.KAFKA.id(), "message", 3_000, 6_000, 30)));
    return faults;
  }

  /** The machine loses its power: everything that was not flushed to the disk is lost. */
  private record PowerCut(Platform platform, Disks disks, Part part, FaultSpec spec)
      implements Fault {
    @Override
    public Part disk() {
      return part;
    }

    @Override
    public @Nullable String whyNot() {
      if (!disks.has(part)) {
        return part.id() + " has no disk of its own";
      }
      return platform.isRunning(part) ? null : part.id() + " does not run";
    }

    @Override
    public void inject() throws IOException {
      platform.kill(part);
      disks.cutPower(part);
    }

    @Override
    public void heal() {
      platform.start(part);
    }
  }

  /**
   * The disk is full: first no table can grow, then the log cannot, and a server that cannot write
   * its log ends. Once there is room, it is started again.
   */
  private record Full(Platform platform, Disks disks, String domain, Part part, FaultSpec spec)
      implements Fault {
    @Override
    public Part disk() {
      return part;
    }

    @Override
    public @Nullable String whyNot() {
      return DiskFaults.whyNot(platform, disks, part);
    }

    @Override
    public void inject() throws IOException, SQLException {
      try (Connection connection = platform.connect(domain);
          Statement statement = connection.createStatement()) {
        disks.fill(part);
        if (!Polling.until(REFUSED_WITHIN, () -> fails(statement, WRITE))) {
          throw new IOException(part.id() + " keeps writing to a full disk");
        }
        Polling.pause(LOG_GOES_ON);
        endLog(statement);
      }
    }

    // A server may still have a recycled segment, or get room by deleting a file. Then it keeps
    // running, but its tables cannot grow.
    private static void endLog(Statement statement) {
      for (int segment = 0; segment < SEGMENTS; segment++) {
        if (fails(statement, NEXT_SEGMENT)) {
          return;
        }
      }
    }

    private static boolean fails(Statement statement, List<String> all) {
      try {
        for (String each : all) {
          statement.execute(each);
        }
        return false;
      } catch (SQLException full) {
        return true;
      }
    }

    @Override
    public void heal() throws IOException, SQLException {
      makeRoom(platform, disks, part);
    }
  }

  /** The disk of the broker is full. The broker ends when it cannot write its only log. */
  private record FullOfKafka(Platform platform, Disks disks, Part part, FaultSpec spec)
      implements Fault {
    @Override
    public Part disk() {
      return part;
    }

    @Override
    public @Nullable String whyNot() {
      return DiskFaults.whyNot(platform, disks, part);
    }

    @Override
    public void inject() throws IOException, SQLException {
      disks.fill(part);
      if (!Polling.until(REFUSED_WITHIN, () -> !platform.isRunning(part))) {
        throw new IOException(part.id() + " keeps writing to a full disk");
      }
    }

    @Override
    public void heal() throws IOException, SQLException {
      makeRoom(platform, disks, part);
    }
  }

  private static void makeRoom(Platform platform, Disks disks, Part part)
      throws IOException, SQLException {
    disks.free(part);
    if (!Polling.until(STARTED_WITHIN, () -> runs(platform, part))) {
      throw new IOException(part.id() + " does not start on a disk that has room again");
    }
  }

  // The broker may be about to end while it is polled.
  private static boolean runs(Platform platform, Part part) {
    try {
      platform.start(part);
      return true;
    } catch (PlatformException notYet) {
      return false;
    }
  }
}
