package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A branch of a transaction that has ended differently from its decision, and that no operator has
 * acknowledged, as its database shows it.
 *
 * @param service that has the branch
 * @param state of the branch when the decision arrived
 * @param message the decision
 * @param age since then
 */
record Divergence(
    Topology.Service service, String gid, String state, String message, Duration age) {

  private static final int MOST = 1_000;

  private static final String QUERY =
      """
      SELECT gid, state, message,
             greatest(0, extract(epoch FROM clock_timestamp() - at) * 1000)::bigint AS age_ms
        FROM transaction_divergence
       WHERE acknowledged_at IS NULL
       ORDER BY at, gid
       LIMIT %d
      """
          .formatted(MOST);

  /** The divergences in all databases that run, the oldest of each first. */
  static List<Divergence> all(Platform platform) {
    List<Divergence> all = new ArrayList<>();
    for (Topology.Service service : Topology.SERVICES) {
      if (platform.isRunning(platform.primary(service.database().role()))) {
        all.addAll(of(platform, service));
      }
    }
    return all;
  }

  private static List<Divergence> of(Platform platform, Topology.Service service) {
    List<Divergence> divergences = new ArrayList<>();
    try (Connection connection = platform.connect(service.domain());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(QUERY)) {
      while (rows.next()) {
        divergences.add(
            new Divergence(
                service,
                rows.getString("gid"),
                rows.getString("state"),
                rows.getString("message"),
                Duration.ofMillis(rows.getLong("age_ms"))));
      }
      return divergences;
    } catch (SQLException e) {
      throw new PlatformException(
          service.database().id() + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** The same for programs. */
  JsonNode json() {
    return JsonOption.object()
        .put("service", service.id())
        .put("gid", gid)
        .put("state", state)
        .put("diverged", message)
        .put("ageMillis", age.toMillis());
  }

  /** A line for people. */
  String line() {
    return Visible.line(
        String.format(
            Locale.ROOT,
            "%s: %s  diverged: %s when %s arrived, %.1f s ago",
            service.database().id(),
            gid,
            state,
            message,
            age.toMillis() / 1_000.0));
  }
}
