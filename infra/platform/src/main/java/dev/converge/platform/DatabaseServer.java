package dev.converge.platform;

import static java.util.Objects.requireNonNull;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The PostgreSQL server of one service: creates its data directory and its database before it is
 * used.
 */
final class DatabaseServer {
  private static final long INITDB_WITHIN_SECONDS = 120;
  private static final Duration SERVERS_END_WITHIN = Duration.ofSeconds(5);
  private static final String UNFINISHED = ".unfinished-";
  // The key of the advisory lock: any number that no other program uses.
  private static final long MAKING = 7_265_001;

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

  /** Creates the data directory if there is none, and removes the leftovers of a crash. */
  void prepare() {
    Path data = layout.data(part.id());
    PostgresBinaries postgres = PostgresBinaries.unpack(layout);
    if (!requireUsable()) {
      initialize(postgres, data);
    }
    removeStaleLock(data);
  }

  /**
   * Whether there is a data directory that initdb has completed.
   *
   * @throws UnusableState if it is of another major version, or damaged
   */
  boolean requireUsable() {
    return StateVersion.requireUsablePostgres(
        part.id(), layout.data(part.id()), PostgresBinaries.unpack(layout).major());
  }

  /**
   * Creates the database if there is none. It is created under another name and renamed when it is
   * complete. A database with the final name is never touched, and an unfinished one is recreated.
   */
  void ensureDatabase() {
    try (Connection connection = database.connect("postgres", passwords.superuser(), "postgres");
        Statement server = connection.createStatement()) {
      // Held until the connection ends, so that two commands do not create it concurrently.
      server.execute("SELECT pg_advisory_lock(" + MAKING + ")");
      if (!isMade(connection)) {
        make(server);
      }
    } catch (SQLException | IOException e) {
      throw new PlatformException(part.id() + " cannot be initialized: " + e.getMessage(), e);
    }
  }

  /** Whether the server answers queries; its database may not exist yet. */
  boolean answersQueries() {
    return answersQueries("postgres");
  }

  /** Whether the service's database answers queries. */
  boolean isMade() {
    return answersQueries(database.name());
  }

  private boolean answersQueries(String name) {
    try (Connection connection = database.connect("postgres", passwords.superuser(), name);
        Statement statement = connection.createStatement()) {
      return statement.execute("SELECT 1");
    } catch (SQLException notYet) {
      return false;
    }
  }

  // PostgreSQL refuses to start where its lock file is empty, and while a process of the id in it
  // exists: a killed process that was not reaped, or another that has got the number since.
  private static void removeStaleLock(Path data) {
    Path lock = data.resolve("postmaster.pid");
    // Servers end a moment after their parent was killed; until then the lock must stay.
    if (Files.exists(lock, LinkOption.NOFOLLOW_LINKS)
        && Waits.until(SERVERS_END_WITHIN, () -> !isServed(data))) {
      StateFile.delete(lock);
    }
  }

  private static boolean isServed(Path data) {
    return !processesIn(data).isEmpty();
  }

  /** The server's processes in a folder: also those that their parent has left behind. */
  static List<ProcessHandle> processesIn(Path data) {
    return ProcessHandle.allProcesses()
        .filter(process -> isServer(process, data) && Processes.isAlive(process))
        .toList();
  }

  /** Whether its data are those of a standby. */
  boolean isStandby() {
    return Files.exists(layout.data(part.id()).resolve("standby.signal")) && requireUsable();
  }

  private static boolean isServer(ProcessHandle process, Path data) {
    List<String> arguments = MarkedProcesses.arguments(process);
    return MarkedProcesses.isProgram(process, arguments)
        && (arguments.contains(data.toString()) || worksIn(process, data));
  }

  private static boolean worksIn(ProcessHandle process, Path data) {
    try {
      String folder = Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd")).toString();
      // A folder that was deleted, as a lost disk is, may still have processes.
      return folder.equals(data + " (deleted)")
          || Files.isSameFile(Path.of("/proc/" + process.pid() + "/cwd"), data);
    } catch (IOException unknown) {
      return false;
    }
  }

  // In a folder of its own, moved when it is whole: initdb writes PG_VERSION long before it is
  // done. A new name each time: the initdb of a killed command may still be writing.
  private void initialize(PostgresBinaries postgres, Path data) {
    try {
      Path parent = Files.createDirectories(requireNonNull(data.getParent()));
      String prefix = part.id() + UNFINISHED;
      deleteUnfinished(parent, prefix);
      Path unfinished = Files.createTempDirectory(parent, prefix);
      postgres.withInitdb(layout, programs -> runInitdb(programs, unfinished));
      // Empty, or of an initdb that was cut short: see StateVersion.
      Layout.delete(data);
      Files.move(unfinished, data, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | UncheckedIOException e) {
      throw new PlatformException("initdb of " + part.id() + ": " + e, e);
    }
  }

  private static void deleteUnfinished(Path parent, String prefix) throws IOException {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, prefix + "*")) {
      for (Path folder : folders) {
        try {
          Layout.delete(folder);
        } catch (PlatformException stillWrittenTo) {
          // It does no harm; "up --fresh" deletes it, if nothing does before.
        }
      }
    }
  }

  private void runInitdb(PostgresBinaries postgres, Path target) {
    try {
      Path password = Files.createTempFile(layout.state(), "password", "");
      try {
        Files.writeString(password, passwords.superuser());
        runInitdb(postgres, target, password);
      } finally {
        Files.delete(password);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void runInitdb(PostgresBinaries postgres, Path target, Path password) throws IOException {
    try {
      List<String> command =
          postgres.command(
              "initdb",
              List.of(
                  "--pgdata=" + target,
                  "--username=postgres",
                  "--pwfile=" + password,
                  "--auth=scram-sha-256",
                  "--encoding=UTF8",
                  "--locale=C",
                  "--no-instructions"));
      Files.createDirectories(layout.logs());
      File log = layout.log(part.id()).toFile();
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log));
      builder.environment().clear();
      builder.environment().putAll(PartEnvironment.of(part, System.getenv(), Map.of()));
      Process initdb = builder.start();
      boolean ended = initdb.waitFor(INITDB_WITHIN_SECONDS, TimeUnit.SECONDS);
      if (!ended || initdb.exitValue() != 0) {
        initdb.destroyForcibly();
        throw new PlatformException(
            "initdb of " + part.id() + " failed" + layout.lastLines(part.id()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException("interrupted", e);
    }
  }

  private boolean isMade(Connection server) throws SQLException {
    try (var query = server.prepareStatement("SELECT FROM pg_database WHERE datname = ?")) {
      query.setString(1, database.name());
      return query.executeQuery().next();
    }
  }

  private void make(Statement server) throws SQLException, IOException {
    String unfinished = database.name() + "_unfinished";
    dropUnfinished(server, unfinished);
    server.execute("CREATE DATABASE " + unfinished);
    try (Connection connection = database.connect("postgres", passwords.superuser(), unfinished);
        Statement statement = connection.createStatement()) {
      set(connection, "converge.service", database.domain());
      set(connection, "converge.owner_password", passwords.owner());
      set(connection, "converge.service_password", passwords.service());
      set(connection, "converge.debezium_password", passwords.debezium());
      for (String file : List.of("01-roles-and-publication.sql", "02-slot.sql")) {
        statement.execute(Files.readString(layout.infra("postgres/initdb/" + file)));
      }
      RepairFunctions.define(database, layout, connection);
    }
    server.execute("ALTER DATABASE " + unfinished + " RENAME TO " + database.name());
  }

  // A statement of a killed command may still be running, and a slot in use forbids the drop. The
  // slot is dropped with its database.
  private static void dropUnfinished(Statement server, String unfinished) throws SQLException {
    server.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '"
            + unfinished
            + "'");
    server.execute("DROP DATABASE IF EXISTS " + unfinished + " WITH (FORCE)");
  }

  private static void set(Connection connection, String setting, String value) throws SQLException {
    try (var statement = connection.prepareStatement("SELECT set_config(?, ?, false)")) {
      statement.setString(1, setting);
      statement.setString(2, value);
      statement.execute();
    }
  }
}
