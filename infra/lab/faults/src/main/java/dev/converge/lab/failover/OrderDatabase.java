package dev.converge.lab.failover;

import dev.converge.lab.links.LinkProxy;
import dev.converge.platform.Http;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Role;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** order-db with a standby, and what can happen to it. */
public final class OrderDatabase {
  private static final String SERVER = "postgres";
  private static final long POLL_MILLIS = 100;

  private final Platform platform;
  private final Http http = new Http();

  public OrderDatabase(Platform platform) {
    this.platform = platform;
  }

  /** Whether the supervisor says that the loss of any primary would lose nothing. */
  public boolean isProtected() throws IOException {
    return http.get(platform.ports().url(Part.SUPERVISOR) + "/databases")
        .body()
        .path("protected")
        .asBoolean();
  }

  /** Waits until the loss of any primary would lose nothing. */
  void awaitProtected(Duration within) throws InterruptedException, TimeoutException {
    long until = System.nanoTime() + within.toNanos();
    while (!saysProtected()) {
      if (System.nanoTime() > until) {
        throw new TimeoutException("not protected within " + within.toSeconds() + " s");
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  private boolean saysProtected() {
    try {
      return isProtected();
    } catch (IOException silent) {
      return false;
    }
  }

  /** Kills the primary with SIGKILL and deletes its data; returns it. */
  public Part losePrimaryWithItsDisk() {
    Part lost = primary();
    platform.loseDisk(lost);
    return lost;
  }

  Part primary() {
    return platform.primary(Role.ORDER_DB);
  }

  private Part standby() {
    Part first = Part.of(Role.ORDER_DB, 1);
    return primary().equals(first) ? Part.of(Role.ORDER_DB, 2) : first;
  }

  /** Lets the standby read the primary's log over a link, from now until it is copied again. */
  void replicateOver(LinkProxy link) throws SQLException {
    try (Connection connection = platform.connect(standby(), SERVER);
        Statement statement = connection.createStatement()) {
      String now = setting(statement, "primary_conninfo");
      String linked = now.replaceFirst("port=\\d+", "port=" + link.port());
      statement.execute("ALTER SYSTEM SET primary_conninfo = '" + linked.replace("'", "''") + "'");
      statement.execute("SELECT pg_reload_conf()");
    }
  }

  /**
   * Lets no commit wait for a standby, and no reader of the outbox either, though the supervisor's
   * record says so: an operator's mistake. The supervisor must be down, or it repairs that.
   */
  void replicateAsynchronously() throws SQLException {
    try (Connection connection = platform.connect("order", SERVER);
        Statement statement = connection.createStatement()) {
      for (String setting : List.of("synchronous_standby_names", "synchronized_standby_slots")) {
        statement.execute("ALTER SYSTEM SET " + setting + " = ''");
      }
      statement.execute("SELECT pg_reload_conf()");
    }
    // The checkpointer passes on whether commits wait, before it checkpoints.
    try (Connection connection = platform.connect("order", SERVER);
        Statement statement = connection.createStatement()) {
      statement.execute("CHECKPOINT");
    }
  }

  private static String setting(Statement statement, String name) throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT current_setting('" + name + "')")) {
      if (!row.next()) {
        throw new SQLException("no setting " + name);
      }
      return row.getString(1);
    }
  }
}
