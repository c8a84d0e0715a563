package dev.converge.platform;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;

/**
 * One service's database.
 *
 * @param domain of the service, such as {@code order}
 * @param name of the database on its server
 */
record Database(String domain, String name, String host, int port) {
  // The settings that our SQL relies on; they override those of the role and the database.
  private static final String SESSION =
      "-c search_path=public -c role=none -c default_transaction_read_only=off"
          + " -c default_transaction_isolation=read\\ committed -c statement_timeout=0"
          + " -c lock_timeout=0 -c transaction_timeout=0 -c idle_session_timeout=0"
          + " -c idle_in_transaction_session_timeout=0 -c synchronous_commit=on"
          + " -c row_security=off -c standard_conforming_strings=on";

  /** Properties of the driver that every connection gets. */
  private static final Map<String, String> DRIVER = driver(SESSION);

  /** The same for one that waits for a lock no longer than this. */
  static Map<String, String> driver(Duration lockTimeout) {
    // Of two settings of a name, the later one counts.
    return driver(SESSION + " -c lock_timeout=" + lockTimeout.toMillis());
  }

  // In seconds. A timeout of the socket alone does not bound a login that is answered in parts.
  private static Map<String, String> driver(String options) {
    return Map.of("options", options, "connectTimeout", "3", "loginTimeout", "10");
  }

  String service() {
    return Topology.service(domain).id();
  }

  /** The role that owns the schema. */
  String owner() {
    return Topology.service(domain).owner();
  }

  String url() {
    return "jdbc:postgresql://" + host + ":" + port + "/" + name;
  }

  /** A connection; sockets time out, so that a server that hangs does not hang the command. */
  Connection connect(String user, String password, String database) throws SQLException {
    return connect(user, password, database, DRIVER);
  }

  /** The same for the owner, which waits for a lock no longer than this. */
  Connection connectOwner(Passwords passwords, Duration lockTimeout) throws SQLException {
    return connect(owner(), passwords.owner(), name, driver(lockTimeout));
  }

  /** A connection whose queries end within seconds: to a server that may hang. */
  Connection connectBriefly(String user, String password, String database) throws SQLException {
    return connect(
        user,
        password,
        database,
        Map.of(
            "options", SESSION, "connectTimeout", "2", "loginTimeout", "4", "socketTimeout", "4"));
  }

  private Connection connect(
      String user, String password, String database, Map<String, String> driver)
      throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("socketTimeout", "30");
    driver.forEach(properties::setProperty);
    return DriverManager.getConnection(
        "jdbc:postgresql://" + host + ":" + port + "/" + database, properties);
  }
}
