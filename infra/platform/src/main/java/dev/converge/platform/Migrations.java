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
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;

/**
 * Migrates a database to the schema of its service: the tables of the outbox and of transactions,
 * those that every service has, then the service's own.
 */
final class Migrations {
  private final Layout layout;
  private final Passwords passwords;
  private final LockWaits waits;
  private final SchemaLocks locks;

  Migrations(Layout layout, Passwords passwords) {
    this(layout, passwords, LockWaits.STANDARD);
  }

  Migrations(Layout layout, Passwords passwords, LockWaits waits) {
    this.layout = layout;
    this.passwords = passwords;
    this.waits = waits;
    this.locks = new SchemaLocks(waits, passwords);
  }

  private static final String OUTBOX = "classpath:dev/converge/outbox/migration";
  private static final String COMMITMENT = "classpath:dev/converge/commitment/migration";

  /**
   * Refuses a database whose tables were created by unknown migrations, before it is changed.
   *
   * @throws UnusableState with the database, the cause, and the remedy
   */
  void requireUsable(Database database) {
    locks.change(database, () -> each(database, flyway -> requireUsable(database, flyway.info())));
  }

  /** As {@link #requireUsable(Database)}, for all of them before any is changed. */
  void requireUsable(List<Database> databases) {
    List<UnusableState> unusable = new ArrayList<>();
    for (Database database : databases) {
      try {
        requireUsable(database);
      } catch (UnusableState e) {
        unusable.add(e);
      }
    }
    if (!unusable.isEmpty()) {
      throw UnusableState.all(unusable);
    }
  }

  /**
   * Brings a database's tables to this version, beside sessions that use them: see {@link
   * SchemaLocks}. Each migration is a transaction, so a run that fails is continued by the next.
   */
  void run(Database database) {
    requireUsable(database);
    locks.change(
        database,
        () -> {
          each(database, Flyway::migrate);
          openToDebezium(database);
        });
  }

  private void each(Database database, Consumer<Flyway> action) {
    List<Path> jars = layout.serviceJars(database.service());
    if (jars.isEmpty()) {
      throw new PlatformException(database.service() + " is not built");
    }
    try (URLClassLoader service = new URLClassLoader(urls(jars), getClass().getClassLoader())) {
      action.accept(flyway(service, database, "outbox_schema_history", OUTBOX));
      action.accept(flyway(service, database, "commitment_schema_history", COMMITMENT));
      action.accept(
          flyway(
              service,
              database,
              "defaults_schema_history",
              "classpath:dev/converge/service/migration"));
      action.accept(
          flyway(service, database, "schema_history", "classpath:db/" + database.domain()));
    } catch (IOException | FlywayException e) {
      throw failed(database, e);
    }
  }

  /** The outbox's tables alone, from the class path of the caller. */
  void runOutbox(Database database) {
    locks.change(
        database,
        () -> {
          migrateOutbox(database);
          openToDebezium(database);
        });
  }

  private void migrateOutbox(Database database) {
    try {
      flyway(getClass().getClassLoader(), database, "outbox_schema_history", OUTBOX).migrate();
    } catch (FlywayException e) {
      throw failed(database, e);
    }
  }

  private static PlatformException failed(Database database, Exception cause) {
    return new PlatformException(
        "migration of " + database.name() + ": " + cause.getMessage(), cause);
  }

  private void openToDebezium(Database database) {
    try (Connection connection = database.connectOwner(passwords, waits.each());
        Statement statement = connection.createStatement()) {
      statement.execute(Files.readString(layout.infra("postgres/after-migrations.sql")));
    } catch (IOException | SQLException e) {
      throw failed(database, e);
    }
  }

  private Flyway flyway(ClassLoader service, Database database, String history, String location) {
    return Flyway.configure(service)
        .dataSource(database.url(), database.owner(), passwords.owner())
        .jdbcProperties(Database.driver(waits.each()))
        .locations(location)
        .table(history)
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .connectRetries(10)
        .connectRetriesInterval(2)
        .load();
  }

  // Flyway itself would accept a newer schema.
  private static void requireUsable(Database database, MigrationInfoService schema) {
    for (MigrationInfo migration : schema.all()) {
      String name = migration.getVersion() + " " + migration.getDescription();
      if (migration.getState() == MigrationState.FUTURE_SUCCESS) {
        throw UnusableState.of(
            database.name()
                + ": its tables have migration "
                + name
                + ", which this version does not know",
            UnusableState.NEWER);
      }
      if (migration.getState() == MigrationState.MISSING_SUCCESS
          || (migration.getState() == MigrationState.SUCCESS && !migration.isChecksumMatching())) {
        throw UnusableState.of(
            database.name() + ": its tables were created by another migration " + name,
            UnusableState.EARLIER);
      }
    }
  }

  private static URL[] urls(List<Path> jars) throws MalformedURLException {
    URL[] urls = new URL[jars.size()];
    for (int i = 0; i < urls.length; i++) {
      urls[i] = jars.get(i).toUri().toURL();
    }
    return urls;
  }
}
