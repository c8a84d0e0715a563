package dev.converge.lab.transactionmanager;

import java.sql.SQLException;
import java.util.List;
import java.util.regex.Pattern;
import javax.sql.XAConnection;
import org.postgresql.xa.PGXADataSource;

/**
 * A participant's database, as the transaction manager reaches it.
 *
 * @param name {@code inventory} or {@code payment}
 */
record XaDatabase(String name, int port, String database, String user, String password) {
  private static final int TIMEOUT_SECONDS = 5;

  /** A connection of the driver's XA data source. */
  XAConnection connect() throws SQLException {
    PGXADataSource source = new PGXADataSource();
    source.setServerNames(new String[] {"127.0.0.1"});
    source.setPortNumbers(new int[] {port});
    source.setDatabaseName(database);
    source.setConnectTimeout(TIMEOUT_SECONDS);
    source.setSocketTimeout(TIMEOUT_SECONDS);
    source.setApplicationName("checkout");
    return source.getXAConnection(user, password);
  }

  /** The same database, through another port. */
  XaDatabase through(int other) {
    return new XaDatabase(name, other, database, user, password);
  }

  /** The arguments of {@link Checkout} that say where it is. */
  String argument() {
    return String.join("|", name, Integer.toString(port), database, user);
  }

  static XaDatabase parse(String argument, String password) {
    List<String> parts = Pattern.compile("\\|").splitAsStream(argument).toList();
    return new XaDatabase(
        parts.get(0), Integer.parseInt(parts.get(1)), parts.get(2), parts.get(3), password);
  }
}
