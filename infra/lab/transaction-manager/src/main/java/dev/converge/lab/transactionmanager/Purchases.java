package dev.converge.lab.transactionmanager;

import com.arjuna.ats.jta.TransactionManager;
import jakarta.transaction.Status;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import javax.sql.XAConnection;

/**
 * Buys one unit of an item from a wallet, in one transaction over two databases, on connections
 * that are kept. A pair of connections that has failed is closed.
 */
final class Purchases {
  /** As our participants: a branch waits for a lock for half of the time in which it must vote. */
  private static final String LOCK_TIMEOUT = "SET lock_timeout = '500ms'";

  private final XaDatabase stock;
  private final XaDatabase wallets;
  private final Deque<Pair> idle = new ConcurrentLinkedDeque<>();

  Purchases(XaDatabase stock, XaDatabase wallets) {
    this.stock = stock;
    this.wallets = wallets;
  }

  /** A connection with its handle, which stays the same for all of its transactions. */
  private record Kept(XAConnection xa, Connection handle) {
    static Kept of(XaDatabase database) throws SQLException {
      XAConnection xa = database.connect();
      Connection handle = xa.getConnection();
      try (Statement statement = handle.createStatement()) {
        statement.execute(LOCK_TIMEOUT);
      }
      return new Kept(xa, handle);
    }

    void close() {
      try {
        xa.close();
      } catch (SQLException broken) {
        // It is closed because it is broken.
      }
    }
  }

  private record Pair(Kept stock, Kept wallets) {
    void close() {
      stock.close();
      wallets.close();
    }
  }

  /** Buys. Throws what {@code commit()} throws, or the failure of a statement. */
  void buy(String id, int item, int wallet) throws Exception {
    Pair pair = idle.pollFirst();
    if (pair == null) {
      Kept toStock = Kept.of(stock);
      try {
        pair = new Pair(toStock, Kept.of(wallets));
      } catch (SQLException unavailable) {
        toStock.close();
        throw unavailable;
      }
    }
    jakarta.transaction.TransactionManager manager = TransactionManager.transactionManager();
    try {
      manager.begin();
      enlist(manager, pair.stock());
      enlist(manager, pair.wallets());
      update(
          pair.stock(), "UPDATE lab_item SET available = available - 1 WHERE item = ?", item);
      insert(pair.stock(), "INSERT INTO lab_shipped VALUES (?)", id);
      update(
          pair.wallets(),
          "UPDATE lab_balance SET balance_minor = balance_minor - " + Checkout.PRICE
              + " WHERE wallet = ?",
          wallet);
      insert(pair.wallets(), "INSERT INTO lab_paid VALUES (?)", id);
      manager.commit();
      idle.addFirst(pair);
    } catch (Exception failure) {
      end(manager);
      pair.close();
      throw failure;
    }
  }

  // The thread must have no transaction afterwards: it serves the next purchase.
  private static void end(jakarta.transaction.TransactionManager manager) throws SystemException {
    try {
      if (manager.getStatus() != Status.STATUS_NO_TRANSACTION) {
        manager.rollback();
      }
    } catch (SystemException | RuntimeException unreachable) {
      // A database does not answer. An unprepared branch ends with its connection.
    } finally {
      Transaction unused = manager.suspend();
    }
  }

  private static void enlist(jakarta.transaction.TransactionManager manager, Kept kept)
      throws Exception {
    if (!manager.getTransaction().enlistResource(kept.xa().getXAResource())) {
      throw new IllegalStateException("not enlisted");
    }
  }

  private static void update(Kept branch, String sql, int key) throws SQLException {
    try (PreparedStatement statement = branch.handle().prepareStatement(sql)) {
      statement.setInt(1, key);
      requireOne(statement.executeUpdate(), sql);
    }
  }

  private static void insert(Kept branch, String sql, String id) throws SQLException {
    try (PreparedStatement statement = branch.handle().prepareStatement(sql)) {
      statement.setString(1, id);
      requireOne(statement.executeUpdate(), sql);
    }
  }

  private static void requireOne(int rows, String sql) throws SQLException {
    if (rows != 1) {
      throw new SQLException("not one row: " + sql);
    }
  }
}
