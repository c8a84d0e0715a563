package dev.converge.platform;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Branches that are tried and neither confirmed nor cancelled. They are rows, so that only a
 * running server shows them.
 */
final class TriedBranches {
  private static final String EXIST =
      "SELECT EXISTS (SELECT FROM transaction_branch WHERE state = 'TRIED')";

  private TriedBranches() {}

  /** Whether a database has one, or does not answer. */
  static boolean mayExist(Layout layout, Passwords passwords) {
    Databases databases = new Databases(layout, Ports.load(layout.state(), 0), passwords);
    return Topology.domains().stream()
        .anyMatch(domain -> mayExist(databases.of(domain), passwords));
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
