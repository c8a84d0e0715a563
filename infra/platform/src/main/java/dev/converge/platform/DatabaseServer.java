package dev.converge.platform;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The PostgreSQL server of one service: makes its data directory and its database before it is
 * used.
 */
final class DatabaseServer {
  private static final long INITDB_WITHIN_SECONDS = 120;

  private final Part part;
  private final Database database;
  private final Layout layout;
  private final Passwords passwords;

  DatabaseServer(Part part, Database database, Layout layout, Passwords passwords) {
    this.part = part;
    this.database = database;
    this.layout = layout;
    this.passwords = passwords;
  }

  /** Makes the data directory where there is none, and clears away what a crash has left. */
  void prepare() {
    Path data = layout.data(part.id());
    if (!Files.exists(data.resolve("PG_VERSION"))) {
      initialize(PostgresBinaries.unpack(layout), data);
    }
    removeStaleLock(data.resolve("postmaster.pid"));
  }

  /** Makes the database where there is none, or one whose making was cut short. */
  void ensureDatabase() {
    if (!hasDatabase()) {
      createDatabase();
    }
  }

  /** Whether it answers queries. */
  boolean answersQueries() {
    try (Connection connection = database.connect("postgres", passwords.superuser(), "postgres");
        Statement statement = connection.createStatement()) {
      return statement.execute("SELECT 1");
    } catch (SQLException notYet) {
      return false;
    }
  }

  // PostgreSQL refuses to start while the process of its lock file exists, and a killed process
  // that
  // nobody has collected exists: in a container that may be for good.
  private static void removeStaleLock(Path lock) {
    if (!Files.exists(lock)) {
      return;
    }
    try {
      long pid = Long.parseLong(Files.readAllLines(lock).get(0).strip());
      if (ProcessHandle.of(pid).filter(Processes::isAlive).isEmpty()) {
        Files.delete(lock);
      }
    } catch (IOException e) {
      throw new PlatformException("cannot read " + lock + ": " + e, e);
    }
  }

  private void initialize(PostgresBinaries postgres, Path data) {
    try {
      Files.createDirectories(data);
      Path password = Files.createTempFile(layout.state(), "password", "");
      Files.writeString(password, passwords.superuser());
      List<String> command =
          postgres.command(
              "initdb",
              List.of(
                  "--pgdata=" + data,
                  "--username=postgres",
                  "--pwfile=" + password,
                  "--auth=scram-sha-256",
                  "--encoding=UTF8",
                  "--locale=C",
                  "--no-instructions"));
      Files.createDirectories(layout.logs());
      File log = layout.log(part.id()).toFile();
      Process initdb =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
              .start();
      boolean ended = initdb.waitFor(INITDB_WITHIN_SECONDS, TimeUnit.SECONDS);
      Files.delete(password);
      if (!ended || initdb.exitValue() != 0) {
        initdb.destroyForcibly();
        throw new PlatformException(
            "initdb of " + part.id() + " failed" + layout.lastLines(part.id()));
      }
    } catch (IOException e) {
      throw new PlatformException("initdb of " + part.id() + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException("interrupted", e);
    }
  }

  private boolean hasDatabase() {
    try (Connection server = database.connect("postgres", passwords.superuser(), "postgres");
        var query =
            server.prepareStatement(
                "SELECT FROM pg_database WHERE datname = ? AND datconnlimit = -1")) {
      query.setString(1, database.name());
      return query.executeQuery().next();
    } catch (SQLException e) {
      throw new PlatformException(part.id() + ": " + e.getMessage(), e);
    }
  }

  // Until its initialization has committed the database takes no connection, which tells a complete
  // one from one that was cut short.
  private void createDatabase() {
    String name = database.name();
    try (Connection server = database.connect("postgres", passwords.superuser(), "postgres");
        Statement onServer = server.createStatement()) {
      onServer.execute("DROP DATABASE IF EXISTS " + name);
      onServer.execute("CREATE DATABASE " + name + " CONNECTION LIMIT 5");
      try (Connection connection = database.connect("postgres", passwords.superuser(), name);
          Statement statement = connection.createStatement()) {
        statement.execute("SET converge.service = '" + database.domain() + "'");
        statement.execute("SET converge.owner_password = '" + passwords.owner() + "'");
        statement.execute("SET converge.service_password = '" + passwords.service() + "'");
        statement.execute("SET converge.debezium_password = '" + passwords.debezium() + "'");
        for (String file : List.of("01-roles-and-publication.sql", "02-slot.sql")) {
          statement.execute(Files.readString(layout.infra("postgres/initdb/" + file)));
        }
      }
      onServer.execute("ALTER DATABASE " + name + " CONNECTION LIMIT -1");
    } catch (SQLException | IOException e) {
      throw new PlatformException(part.id() + " cannot be initialized: " + e.getMessage(), e);
    }
  }
}
