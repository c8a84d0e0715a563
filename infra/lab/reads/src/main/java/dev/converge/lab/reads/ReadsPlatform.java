package dev.converge.lab.reads;

import dev.converge.lab.links.LinkProxy;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.PlatformException;
import dev.converge.platform.Ports;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Order-db with two standbys and their supervisor, and the order service, which reaches each node
 * over a link. Neither Kafka nor another service runs: orders are accepted, and stay pending.
 * Closing it ends every process.
 */
final class ReadsPlatform implements AutoCloseable {
  static final Role DATABASE = Role.ORDER_DB;

  private static final int NODES = 3;
  private static final int START_ATTEMPTS = 3;
  private static final long CONFIRMED_WITHIN_SECONDS = 60;
  private static final long PROMOTED_WITHIN_SECONDS = 60;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final Platform platform;

  /** By the node that listens there at first: the primary's port, and those of the replicas. */
  private final Map<Part, LinkProxy> links = new LinkedHashMap<>();

  private final Thread closer = new Thread(this::end, "reads-platform");

  ReadsPlatform(Layout layout) {
    Ports ports = Ports.free();
    Scale scale = Scale.SMALLEST.with(DATABASE, NODES);
    Map<Part, Integer> reachedAt = new LinkedHashMap<>();
    for (Part node : scale.nodes(DATABASE)) {
      LinkProxy link = LinkProxy.to(vertx, ports.of(node));
      links.put(node, link);
      reachedAt.put(node, link.port());
    }
    // The lab traces nothing.
    Map<String, String> environment =
        Map.of("OTEL_TRACES_SAMPLER", "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0");
    platform = new Platform(layout, ports, environment, reachedAt, Map.of()).scaledTo(scale);
    Runtime.getRuntime().addShutdownHook(closer);
  }

  /** Starts everything on an empty state folder. */
  void start() throws IOException, InterruptedException {
    platform.forget();
    Files.createDirectories(platform.layout().state());
    List<Part> nodes = platform.scale().nodes(DATABASE);
    platform.startWithTables(nodes.get(0));
    nodes.stream().skip(1).forEach(this::start);
    start(Part.SUPERVISOR);
    awaitConfirmed();
    start(Part.ORDER_SERVICE);
  }

  // On a busy machine a part may need more than one attempt.
  private void start(Part part) {
    for (int attempt = 1; ; attempt++) {
      try {
        platform.start(part);
        return;
      } catch (PlatformException e) {
        if (attempt == START_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** Waits until commits wait for a standby, and all standbys are there. */
  void awaitConfirmed() throws InterruptedException {
    await(
        "commits wait for both standbys",
        CONFIRMED_WITHIN_SECONDS,
        () -> {
          String names = valueAt(primary(), "SHOW synchronous_standby_names");
          return names.split(",", -1).length == NODES - 1;
        });
  }

  /** A condition that may fail while nodes change. */
  private interface Condition {
    boolean holds() throws SQLException;
  }

  private static void await(String what, long seconds, Condition condition)
      throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!holds(condition)) {
      if (System.nanoTime() - until >= 0) {
        throw new ReadsException("not within " + seconds + " s: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private static boolean holds(Condition condition) {
    try {
      return condition.holds();
    } catch (SQLException notYet) {
      return false;
    }
  }

  /** The port of the order API. */
  int port() {
    return platform.ports().of(Part.ORDER_SERVICE);
  }

  Part primary() {
    return platform.primary(DATABASE);
  }

  List<Part> standbys() {
    Part primary = primary();
    return platform.scale().nodes(DATABASE).stream().filter(node -> !node.equals(primary)).toList();
  }

  /** The first column of the first row, as text. */
  String valueAt(Part node, String query) throws SQLException {
    try (Connection connection = platform.connectTo(node);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "";
    }
  }

  private void executeAt(Part node, String... statements) {
    try (Connection connection = platform.connectTo(node);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new ReadsException(node.id() + ": " + String.join("; ", statements), e);
    }
  }

  /** Begins a fault. */
  void inject(Fault fault) {
    switch (fault) {
      case NONE -> {}
      case LATE -> replayLate(Fault.LATE_MILLIS);
      case REPLICA_CUT -> link(1).set(LinkProxy.Mode.HALF_OPEN);
      case PRIMARY_CUT -> link(0).set(LinkProxy.Mode.HALF_OPEN);
      case PRIMARY_KILLED -> platform.kill(primary());
    }
  }

  private void replayLate(int millis) {
    for (Part standby : standbys()) {
      executeAt(
          standby,
          "ALTER SYSTEM SET recovery_min_apply_delay = '" + millis + "ms'",
          "SELECT pg_reload_conf()");
    }
  }

  private LinkProxy link(int number) {
    return List.copyOf(links.values()).get(number);
  }

  /** Ends a fault, and returns once the platform is as before. */
  void heal(Fault fault) throws InterruptedException {
    switch (fault) {
      case NONE -> {}
      case LATE -> replayLate(0);
      case REPLICA_CUT, PRIMARY_CUT ->
          links.values().forEach(link -> link.set(LinkProxy.Mode.PASS));
      case PRIMARY_KILLED -> {
        awaitPromotion();
        platform.scale().nodes(DATABASE).forEach(this::start);
      }
    }
    awaitConfirmed();
  }

  /** Waits until a primary answers. */
  void awaitPromotion() throws InterruptedException {
    await(
        "a primary that answers",
        PROMOTED_WITHIN_SECONDS,
        () -> valueAt(primary(), "SELECT pg_is_in_recovery()").equals("f"));
  }

  /** Pauses all processes of a node, or lets them continue. */
  void pause(Part node) {
    platform.pause(node);
  }

  void resume(Part node) {
    platform.resume(node);
  }

  /** The process on the primary whose commit waits for a standby, if there is one. */
  Optional<Long> waitingForAStandby() throws SQLException {
    String pid =
        valueAt(
            primary(),
            "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename ="
                + " 'order_service' LIMIT 1");
    return pid.isEmpty() ? Optional.empty() : Optional.of(Long.valueOf(pid));
  }

  /** Sends a signal to one process of a database. */
  static void signal(long pid, String signal) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start();
    if (!kill.waitFor(5, TimeUnit.SECONDS) || kill.exitValue() != 0) {
      throw new ReadsException("process " + pid + " does not get signal " + signal);
    }
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(closer);
    end();
  }

  private void end() {
    platform.killAll();
    vertx.close();
  }
}
