package dev.converge.lab.faults;

import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The role that reads an outbox loses a right, and its connections are terminated. If the outbox is
 * no longer drained, the platform must name the database and the cause within 60 s, and resume by
 * itself once the right is restored.
 */
final class DebeziumRoleFaults {
  private static final int BOUND_SECONDS = 60;
  private static final String CAUSE = "right|permission|privilege|role|log in|login";

  private DebeziumRoleFaults() {}

  static List<Fault> of(Platform platform) {
    List<Fault> faults = new ArrayList<>();
    for (String domain : Topology.domains()) {
      faults.add(
          fault(
              platform,
              domain,
              spec("debezium-login-refused", domain, 0, 0),
              "ALTER ROLE debezium NOLOGIN",
              "ALTER ROLE debezium LOGIN",
              true));
      faults.add(
          fault(
              platform,
              domain,
              spec("debezium-replication-revoked", domain, 0, 0),
              "ALTER ROLE debezium NOREPLICATION",
              "ALTER ROLE debezium REPLICATION",
              true));
      // The role reads the log and not the table, so draining may simply continue.
      faults.add(
          fault(
              platform,
              domain,
              spec("debezium-select-revoked", domain, 4_000, 8_000),
              "REVOKE SELECT ON outbox FROM debezium",
              "GRANT SELECT ON outbox TO debezium",
              false));
    }
    return faults;
  }

  private static FaultSpec spec(String name, String domain, int minHold, int maxHold) {
    return new FaultSpec(name, domain + "-db", "outbox", minHold, maxHold, BOUND_SECONDS);
  }

  private static Fault fault(
      Platform platform,
      String domain,
      FaultSpec spec,
      String revoking,
      String granting,
      boolean untilNoticed) {
    return new OfRole(
        new SqlFault(
            platform,
            domain,
            spec,
            List.of(revoking, SqlFault.terminate("debezium")),
            List.of(granting)),
        untilNoticed);
  }

  private record OfRole(SqlFault change, boolean untilNoticed) implements SqlFaultWithSteps {
    @Override
    public void inject() throws IOException, SQLException {
      change.inject();
      if (untilNoticed) {
        new AuditFindings(change.platform(), change.domain()).awaitNamed(CAUSE);
      }
    }

    @Override
    public void heal() throws IOException, SQLException {
      change.heal();
      new OutboxSlot(change.platform(), change.domain()).awaitDrained();
    }
  }
}
