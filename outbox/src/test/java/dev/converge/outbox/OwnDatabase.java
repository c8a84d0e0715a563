package dev.converge.outbox;

import dev.converge.outbox.example.Migrate;
import dev.converge.testkit.OutboxPlatform;
import io.vertx.sqlclient.Pool;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A database with the outbox's tables and with a role, both for one test alone, on the server of
 * the shared platform. Tests that break their database run concurrently, each with its own. No
 * connector reads it.
 */
final class OwnDatabase implements AutoCloseable {
  /** The password of the role. */
  static final String PASSWORD = "own";

  private static final String TEMPLATE = "own_template";
  private static final String SUPERUSER = "own_superuser";
  private static final AtomicInteger CREATED = new AtomicInteger();

  private static boolean templateExists;

  private final String url;
  private final String role;
  private final Pool pool;

  OwnDatabase(OutboxPlatform platform) {
    String server = "jdbc:postgresql://127.0.0.1:" + platform.databasePort() + "/";
    String name = "own_" + CREATED.incrementAndGet();
    createTemplate(platform, server);
    this.url = server + name;
    this.role = name + "_service";
    platform.update("CREATE DATABASE " + name + " TEMPLATE " + TEMPLATE);
    platform.update("CREATE ROLE " + role + " LOGIN PASSWORD '" + PASSWORD + "'");
    update(
        """
        GRANT SELECT, INSERT ON outbox, outbox_republication, inbox, effect TO %1$s;
        GRANT SELECT, INSERT, UPDATE ON dead_letter, outbox_reconciled, inbox_position TO %1$s;
        """
            .formatted(role));
    this.pool = platform.pool(name, role, PASSWORD);
  }

  private static synchronized void createTemplate(OutboxPlatform platform, String server) {
    if (templateExists) {
      return;
    }
    platform.update("CREATE ROLE " + SUPERUSER + " SUPERUSER LOGIN PASSWORD '" + PASSWORD + "'");
    platform.update("CREATE DATABASE " + TEMPLATE);
    Migrate.migrate(server + TEMPLATE, SUPERUSER, PASSWORD);
    execute(server + TEMPLATE, OutboxPlatform.EFFECT);
    templateExists = true;
  }

  /** The role that the pool connects as. */
  String role() {
    return role;
  }

  Pool pool() {
    return pool;
  }

  /** Runs statements as superuser. */
  void update(String sql) {
    execute(url, sql);
  }

  private static void execute(String url, String sql) {
    try (Connection connection = DriverManager.getConnection(url, SUPERUSER, PASSWORD);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  /** The first column of every row. */
  List<String> texts(String sql) {
    try (Connection connection = DriverManager.getConnection(url, SUPERUSER, PASSWORD);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> texts = new ArrayList<>();
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
      return texts;
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  long count(String table) {
    return Long.parseLong(texts("SELECT count(*) FROM " + table).get(0));
  }

  @Override
  public void close() {
    OutboxPlatform.await(pool.close());
  }
}
