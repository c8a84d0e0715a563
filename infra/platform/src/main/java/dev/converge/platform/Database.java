package dev.converge.platform;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;

/**
 * One service's database.
 *
 * @param domain {@code order}, {@code inventory} or {@code payment}
 * @param name of the database on its server
 */
record Database(String domain, String name, String host, int port) {
  static final List<String> DOMAINS = List.of("order", "inventory", "payment");

  static String nameOf(String domain) {
    return domain.equals("order") ? "orders" : domain;
  }

  String service() {
    return domain + "-service";
  }

  String url() {
    return "jdbc:postgresql://" + host + ":" + port + "/" + name;
  }

  /** A connection; sockets time out, so that a server that hangs does not hang the command. */
  Connection connect(String user, String password, String database) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("connectTimeout", "3");
    properties.setProperty("socketTimeout", "30");
    return DriverManager.getConnection(
        "jdbc:postgresql://" + host + ":" + port + "/" + database, properties);
  }
}
