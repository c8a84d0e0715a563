package dev.converge.platform;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * Brings a database to what its service expects: the outbox's tables, those that every service has,
 * then the service's own.
 */
final class Migrations {
  private final Layout layout;
  private final Passwords passwords;

  Migrations(Layout layout, Passwords passwords) {
    this.layout = layout;
    this.passwords = passwords;
  }

  void run(Database database) {
    List<Path> jars = layout.serviceJars(database.service());
    if (jars.isEmpty()) {
      throw new PlatformException(database.service() + " is not built");
    }
    try (URLClassLoader service = new URLClassLoader(urls(jars), getClass().getClassLoader())) {
      migrateOutbox(service, database);
      migrate(
          service, database, "defaults_schema_history", "classpath:dev/converge/service/migration");
      migrate(service, database, "schema_history", "classpath:db/" + database.domain());
      openToDebezium(database);
    } catch (IOException | SQLException | FlywayException e) {
      throw new PlatformException("migration of " + database.name() + ": " + e.getMessage(), e);
    }
  }

  /** The outbox's tables alone, from the class path of the caller. */
  void runOutbox(Database database) {
    try {
      migrateOutbox(getClass().getClassLoader(), database);
      openToDebezium(database);
    } catch (IOException | SQLException | FlywayException e) {
      throw new PlatformException("migration of " + database.name() + ": " + e.getMessage(), e);
    }
  }

  private void migrateOutbox(ClassLoader library, Database database) {
    migrate(library, database, "outbox_schema_history", "classpath:dev/converge/outbox/migration");
  }

  private void openToDebezium(Database database) throws IOException, SQLException {
    try (Connection connection =
            database.connect(owner(database), passwords.owner(), database.name());
        Statement statement = connection.createStatement()) {
      statement.execute(Files.readString(layout.infra("postgres/after-migrations.sql")));
    }
  }

  private void migrate(ClassLoader service, Database database, String history, String location) {
    Flyway.configure(service)
        .dataSource(database.url(), owner(database), passwords.owner())
        .jdbcProperties(Database.DRIVER)
        .locations(location)
        .table(history)
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .connectRetries(10)
        .connectRetriesInterval(2)
        .load()
        .migrate();
  }

  private static String owner(Database database) {
    return database.domain() + "_owner";
  }

  private static URL[] urls(List<Path> jars) throws MalformedURLException {
    URL[] urls = new URL[jars.size()];
    for (int i = 0; i < urls.length; i++) {
      urls[i] = jars.get(i).toUri().toURL();
    }
    return urls;
  }
}
