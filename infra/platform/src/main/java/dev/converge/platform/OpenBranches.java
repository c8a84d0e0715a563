package dev.converge.platform;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Branches that are tried and neither confirmed nor cancelled, and divergences that are not
 * acknowledged: only a start with protocols ends or shows them. They are rows, so that only a
 * running server shows them.
 */
final class OpenBranches {
  private static final String EXIST =
      """
      SELECT EXISTS (SELECT FROM transaction_branch WHERE state = 'TRIED')
          OR EXISTS (SELECT FROM transaction_divergence WHERE acknowledged_at IS NULL)
      """;

  // A database that hangs must not keep "down" from its ten seconds.
  private static final long WITHIN_MILLIS = 1_500;

  private OpenBranches() {}

  /** Whether a database has one, or does not answer in time. */
  static boolean mayExist(Layout layout, Passwords passwords) {
    NodePorts nodePorts =
        new NodePorts(layout, Ports.load(layout.state(), 0), Scale.load(layout.state()));
    Databases databases = new Databases(nodePorts, passwords);
    return CompletableFuture.supplyAsync(
            () ->
                Topology.domains().stream()
                    .anyMatch(domain -> mayExist(databases.of(domain), passwords)))
        .completeOnTimeout(true, WITHIN_MILLIS, TimeUnit.MILLISECONDS)
        .join();
  }

  private static boolean mayExist(Database database, Passwords passwords) {
    try (Connection connection =
            database.connect("postgres", passwords.superuser(), database.name());
        Statement statement = connection.createStatement();
        ResultSet exist = statement.executeQuery(EXIST)) {
      return !exist.next() || exist.getBoolean(1);
    } catch (SQLException noAnswer) {
      return true;
    }
  }
}
