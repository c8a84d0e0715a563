package dev.converge.platform;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Starts, fences and promotes the nodes of one database. Its caller holds the {@link DatabaseLock},
 * except for {@link #start}.
 */
final class DatabaseCluster {
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(60);
  private static final Duration STREAMS_WITHIN = Duration.ofSeconds(20);
  private static final Duration GIVEN_UP_WITHIN = Duration.ofSeconds(30);
  private static final Duration FENCED_WITHIN = Duration.ofSeconds(10);
  private static final Duration STOPPED_WITHIN = Duration.ofSeconds(20);
  private static final Duration SHOWN_WITHIN = Duration.ofSeconds(10);
  private static final Duration FINISHED_WITHIN = Duration.ofSeconds(60);

  private final Role database;
  private final NodePorts nodePorts;
  private final Databases databases;
  private final Passwords passwords;
  private final Processes processes;
  private final Consumer<Part> launch;

  /**
   * @param launch starts the process of a node, which is prepared
   */
  DatabaseCluster(
      Role database,
      NodePorts nodePorts,
      Databases databases,
      Passwords passwords,
      Processes processes,
      Consumer<Part> launch) {
    this.database = database;
    this.nodePorts = nodePorts;
    this.databases = databases;
    this.passwords = passwords;
    this.processes = processes;
    this.launch = launch;
  }

  Role database() {
    return database;
  }

  DatabaseNodes nodes() {
    return nodePorts.nodes(database);
  }

  void save(DatabaseNodes nodes) {
    nodePorts.save(database, nodes);
  }

  /** Does what must not be done while the supervisor, or another command, changes the roles. */
  void locked(Runnable work) {
    DatabaseLock.holding(nodePorts.layout(), database, work);
  }

  /** A connection of the superuser to a node; its queries end within a few seconds. */
  Connection connect(Part node, String name) throws SQLException {
    return databases.node(node).connectBriefly("postgres", passwords.superuser(), name);
  }

  /**
   * Starts a node as what it is: the primary, or a standby. Any data of a standby that do not
   * follow its primary are replaced by a copy: those of a primary that another has replaced, too.
   * While the primary is down, a standby starts with the data that it has, so that it can be
   * promoted.
   */
  void start(Part node) {
    Optional<DatabaseNodes> started =
        DatabaseLock.holding(nodePorts.layout(), database, () -> startWithItsData(node));
    // Without the lock from here on: it takes a while, and the primary may fail meanwhile.
    started.ifPresent(before -> follow(node, before));
  }

  /** The roles if it is a standby that has yet to follow its primary. */
  private Optional<DatabaseNodes> startWithItsData(Part node) {
    finishFailover();
    DatabaseNodes nodes = nodes();
    if (nodes.mayWrite(node.id())) {
      startPrimary(node);
      return Optional.empty();
    }
    if (isRunning(node)) {
      return Optional.empty();
    }
    boolean standby = databases.server(node).isStandby();
    if (standby && !answers(Part.of(nodes.primary()))) {
      launchWithItsData(node);
      awaitAnswer(node);
      return Optional.empty();
    }
    admit(node, nodes);
    if (standby) {
      launchWithItsData(node);
    }
    return Optional.of(nodes);
  }

  /**
   * Takes a failover to its end that was begun and not finished: the supervisor may have ended, and
   * the candidate, too. The supervisor does nothing meanwhile, as this has the lock.
   */
  private void finishFailover() {
    DatabaseNodes begun = nodes();
    if (begun.isSteady()) {
      return;
    }
    Part candidate = Part.of(begun.candidate());
    if (!isRunning(candidate)) {
      launchWithItsData(candidate);
      awaitAnswer(candidate);
    }
    try (DatabaseWatch watch = new DatabaseWatch(this)) {
      if (!Waits.until(FINISHED_WITHIN, () -> isSteadyAfterAStep(watch))) {
        throw new PlatformException(
            candidate.id() + " is not promoted" + nodePorts.layout().lastLines(candidate.id()));
      }
    }
  }

  private boolean isSteadyAfterAStep(DatabaseWatch watch) {
    try {
      watch.step();
    } catch (SQLException notYet) {
      return false;
    }
    return nodes().isSteady();
  }

  // Never with new data: an empty database would take the place of what the others have.
  private void launchWithItsData(Part node) {
    DatabaseServer server = databases.server(node);
    if (!server.requireUsable()) {
      throw new PlatformException(
          node.id()
              + " has no data, and only its data can continue: restore them, or begin without any:"
              + " ./converge down; ./converge up --fresh");
    }
    server.prepare();
    launch.accept(node);
  }

  private void follow(Part node, DatabaseNodes before) {
    if (!isRunning(node) || !Waits.until(STREAMS_WITHIN, () -> follows(node, before))) {
      replaceByCopy(node, before);
    }
  }

  private void startPrimary(Part node) {
    DatabaseServer server = databases.server(node);
    if (!isRunning(node)) {
      // An empty database in its place would be promoted over the standbys' data.
      boolean first = !DatabaseNodes.isStored(nodePorts.layout().state(), database);
      if (!first && !server.requireUsable()) {
        throw new PlatformException(
            node.id()
                + " has no data, and is the primary of its database: the supervisor promotes a standby"
                + " with all commits if both run: ./converge start supervisor; ./converge start "
                + nodes().standbys().get(0)
                + "; to begin without any data: ./converge down; ./converge up --fresh");
      }
      server.prepare();
      launch.accept(node);
    }
    awaitAnswer(node);
    server.ensureDatabase();
    try (Connection primary = connect(node, "postgres")) {
      Replication.admit(primary, nodes().standbys(), passwords.superuser());
    } catch (SQLException e) {
      throw failed("the slots of the standbys", node, e);
    }
    save(nodes());
  }

  private void admit(Part node, DatabaseNodes nodes) {
    Part primary = Part.of(nodes.primary());
    try (Connection connection = connect(primary, "postgres")) {
      Replication.dropLostSlot(connection, node.id());
      Replication.admit(connection, List.of(node.id()), passwords.superuser());
    } catch (SQLException e) {
      throw new PlatformException(
          node.id() + " is a standby, and its primary, " + primary.id() + ", does not answer", e);
    }
  }

  private void replaceByCopy(Part node, DatabaseNodes before) {
    Part primary = Part.of(before.primary());
    // One that was lost a moment ago still counts, until the supervisor gives it up.
    Waits.until(GIVEN_UP_WITHIN, () -> !nodes().confirming().contains(node.id()));
    locked(
        () -> {
          requireUnchanged(node, before);
          processes.kill(node);
        });
    try (Connection connection =
        databases.node(primary).connect("postgres", passwords.superuser(), "postgres")) {
      StandbyCopy.make(
          connection,
          data(primary),
          data(node),
          Replication.settings(node.id(), nodePorts.of(primary), passwords.superuser()));
    } catch (SQLException e) {
      throw failed("the copy of " + primary.id(), node, e);
    }
    locked(
        () -> {
          requireUnchanged(node, before);
          launchWithItsData(node);
        });
    if (!Waits.until(ANSWERS_WITHIN, () -> streams(node, before))) {
      throw new PlatformException(
          node.id() + " does not follow its primary" + nodePorts.layout().lastLines(node.id()));
    }
  }

  // It may have caught up, and been promoted, since it was read.
  private void requireUnchanged(Part node, DatabaseNodes before) {
    DatabaseNodes now = nodes();
    if (!now.isSteady()
        || !now.nodes().equals(before.nodes())
        || now.confirming().contains(node.id())) {
      throw new PlatformException(
          "the roles of the nodes have changed meanwhile: see ./converge status; then start "
              + node.id()
              + " again if it is down");
    }
  }

  private boolean streams(Part node, DatabaseNodes nodes) {
    if (!isRunning(node)) {
      throw new PlatformException(
          node.id() + " has ended" + nodePorts.layout().lastLines(node.id()));
    }
    return follows(node, nodes);
  }

  private boolean follows(Part node, DatabaseNodes nodes) {
    try (Connection primary = connect(Part.of(nodes.primary()), "postgres")) {
      return Replication.links(primary).containsKey(Replication.slot(node.id()));
    } catch (SQLException notYet) {
      return false;
    }
  }

  /** Ends what a primary has kept for its standbys, when it runs without any. */
  void runAlone(Part node) {
    try (Connection primary = connect(node, "postgres")) {
      Replication.waitFor(primary, Set.of());
      Replication.dropSlotsOfStandbys(primary);
    } catch (SQLException e) {
      throw failed("the slots of its former standbys", node, e);
    }
  }

  boolean isRunning(Part node) {
    return processes.running(node).isPresent();
  }

  /** Whether a process of a node lives, be it one that the main process left behind. */
  boolean anyProcessOf(Part node) {
    return isRunning(node) || !DatabaseServer.processesIn(data(node)).isEmpty();
  }

  private Path data(Part node) {
    return nodePorts.layout().data(node.id());
  }

  /**
   * Kills all processes of a node, and returns when none is left: it can acknowledge nothing any
   * more.
   */
  void fence(Part node) {
    processes.kill(node);
    boolean none =
        Waits.until(
            FENCED_WITHIN,
            () -> {
              List<ProcessHandle> left = DatabaseServer.processesIn(data(node));
              left.forEach(process -> Processes.signal(process, "KILL"));
              return left.isEmpty();
            });
    if (!none) {
      throw new PlatformException(node.id() + " cannot be ended, so no standby is promoted");
    }
  }

  /** Lets a primary end in order: its standbys then have all of its log. */
  void stopInOrder(Part node) {
    processes.stop(node, STOPPED_WITHIN);
    fence(node);
  }

  /**
   * Promotes a standby, at its own port.
   *
   * @return whether it had the outbox's slot
   */
  boolean promote(Part node) throws SQLException {
    List<String> others =
        nodes().nodes().stream().filter(other -> !other.equals(node.id())).toList();
    try (Connection standby =
        databases.node(node).connect("postgres", passwords.superuser(), "postgres")) {
      Replication.promote(standby);
      Replication.admit(standby, others, passwords.superuser());
    }
    try (Connection service = connect(node, Topology.of(node).databaseName())) {
      return !Replication.createMissingSlot(service);
    }
  }

  /** Starts the new primary at the primary's port. */
  void open(Part node) {
    if (isRunning(node) && answers(node)) {
      return;
    }
    // It has just written a checkpoint, so that both take a moment.
    processes.stop(node, STOPPED_WITHIN);
    launchWithItsData(node);
    awaitAnswer(node);
  }

  private void awaitAnswer(Part node) {
    boolean answers =
        Waits.until(
            ANSWERS_WITHIN,
            () -> {
              if (!isRunning(node)) {
                throw new PlatformException(
                    node.id() + " has ended" + nodePorts.layout().lastLines(node.id()));
              }
              return answers(node);
            });
    if (!answers) {
      throw new PlatformException(node.id() + " does not answer");
    }
  }

  private boolean answers(Part node) {
    return databases.server(node).answersQueries();
  }

  /** Lets commits wait for standbys, and returns when that applies to all of them. */
  void waitFor(Part primary, Set<String> standbys) throws SQLException {
    try (Connection connection = connect(primary, "postgres")) {
      Replication.waitFor(connection, standbys);
    }
    boolean shown = Waits.until(SHOWN_WITHIN, () -> shows(primary, standbys));
    if (!shown) {
      throw new PlatformException(primary.id() + " does not apply its settings");
    }
    if (standbys.isEmpty()) {
      return;
    }
    // The checkpointer announces to the sessions whether commits wait: it does so before it
    // checkpoints.
    try (Connection connection =
            databases.node(primary).connect("postgres", passwords.superuser(), "postgres");
        var statement = connection.createStatement()) {
      statement.execute("CHECKPOINT");
    }
  }

  private boolean shows(Part primary, Set<String> standbys) {
    try (Connection connection = connect(primary, "postgres")) {
      return Replication.shows(connection, standbys);
    } catch (SQLException notYet) {
      return false;
    }
  }

  private static PlatformException failed(String what, Part node, SQLException cause) {
    return new PlatformException(node.id() + ": " + what + ": " + cause.getMessage(), cause);
  }
}
