package dev.converge.lab.transactionmanager;

import com.arjuna.ats.jta.TransactionManager;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.XAConnection;

/**
 * The process that buys one thing: takes one unit from stock and its price from a wallet, in one
 * transaction over two databases. Then it recovers until its input ends.
 *
 * <p>Arguments: {@code buy MOMENT} or {@code recover}, the folder of the log, and the databases of
 * stock and wallet. It reports in lines that begin with {@code @}. At the moment it stops until it
 * reads a line.
 */
public final class Checkout {
  /** The price, in the wallet's minor unit. */
  static final int PRICE = 100;

  private static final String BUY = "buy";
  private static final Duration ORPHANS_AFTER = Duration.ofSeconds(1);

  private final BufferedReader input =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  private final Moment pauseAt;
  private final XaDatabase stock;
  private final XaDatabase wallet;

  private Checkout(Moment pauseAt, XaDatabase stock, XaDatabase wallet) {
    this.pauseAt = pauseAt;
    this.stock = stock;
    this.wallet = wallet;
  }

  public static void main(String[] arguments) throws Exception {
    boolean buys = arguments[0].equals(BUY);
    String password = System.getenv("CHECKOUT_PASSWORD");
    Narayana.configure(Path.of(arguments[2]), ORPHANS_AFTER);
    Checkout checkout =
        new Checkout(
            Moment.valueOf(arguments[1]),
            XaDatabase.parse(arguments[3], password),
            XaDatabase.parse(arguments[4], password));
    if (buys) {
      report("outcome " + checkout.buy());
    }
    Narayana.recover(List.of(checkout.stock, checkout.wallet));
    report("recovering");
    checkout.awaitLine();
    // Not the daemon threads of the recovery: nothing is left to end in order.
    Runtime.getRuntime().halt(0);
  }

  private String buy() throws SQLException {
    jakarta.transaction.TransactionManager manager = TransactionManager.transactionManager();
    PausingResource.Progress progress =
        new PausingResource.Progress(this::atMoment, failure -> report("failure " + failure));
    XAConnection stockConnection = stock.connect();
    XAConnection walletConnection = wallet.connect();
    try {
      manager.begin();
      require(
          manager
              .getTransaction()
              .enlistResource(new PausingResource(stockConnection.getXAResource(), progress)));
      require(
          manager
              .getTransaction()
              .enlistResource(new PausingResource(walletConnection.getXAResource(), progress)));
      update(stockConnection, "UPDATE lab_stock SET available = available - ?", 1);
      update(walletConnection, "UPDATE lab_wallet SET balance_minor = balance_minor - ?", PRICE);
      manager.commit();
      return "COMMITTED";
    } catch (Exception e) {
      return e.getClass().getSimpleName();
    }
  }

  private static void require(boolean enlisted) {
    if (!enlisted) {
      throw new IllegalStateException("not enlisted");
    }
  }

  private static void update(XAConnection branch, String sql, int by) throws SQLException {
    Connection connection = branch.getConnection();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, by);
      if (statement.executeUpdate() != 1) {
        throw new SQLException("not one row: " + sql);
      }
    }
  }

  private void atMoment(Moment moment) {
    if (moment == pauseAt) {
      report("at " + moment);
      awaitLine();
    }
  }

  private void awaitLine() {
    try {
      String line = input.readLine();
      report("continues" + (line == null ? ": end of input" : ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void report(String line) {
    System.out.println("@" + line);
    System.out.flush();
  }
}
