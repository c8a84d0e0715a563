package dev.converge.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The functions with which a service repairs its outbox's slot. They are defined when a database is
 * created, and again after each run of the migrations, so that older databases get them, too. The
 * platform can run without them: a failure is printed, and the start continues.
 */
final class RepairFunctions {
  private static final String FILE = "postgres/initdb/03-repair-functions.sql";

  private RepairFunctions() {}

  /** Defines them in a database that is being created. */
  static void define(Database database, Layout layout, Connection connection)
      throws SQLException, IOException {
    try (var set = connection.prepareStatement("SELECT set_config('converge.service', ?, false)");
        Statement statement = connection.createStatement()) {
      set.setString(1, database.domain());
      set.execute();
      statement.execute(Files.readString(layout.infra(FILE)));
    }
  }

  /** Defines them as the superuser. */
  static void addTo(Database database, Layout layout, String superuserPassword) {
    try (Connection superuser = database.connect("postgres", superuserPassword, database.name())) {
      define(database, layout, superuser);
    } catch (SQLException | IOException e) {
      notDefined(database, e);
    }
  }

  /**
   * Defines them without the superuser, as their owner, debezium. The schema's owner grants it the
   * right to create them for that time.
   */
  static void addTo(Database database, Layout layout, Passwords passwords) {
    try (Connection owner = database.connect(database.owner(), passwords.owner(), database.name());
        Statement statement = owner.createStatement();
        Connection debezium = database.connect("debezium", passwords.debezium(), database.name())) {
      statement.execute("GRANT CREATE ON SCHEMA public TO debezium");
      try {
        define(database, layout, debezium);
      } finally {
        statement.execute("REVOKE CREATE ON SCHEMA public FROM debezium");
      }
    } catch (SQLException | IOException e) {
      notDefined(database, e);
    }
  }

  private static void notDefined(Database database, Exception cause) {
    System.err.println(
        "the functions that repair the slot of database "
            + database.name()
            + " are not defined: "
            + cause.getMessage());
  }
}
