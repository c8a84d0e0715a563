package dev.converge.lab.concepts;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * The process that changes the prices under the lock. It reads commands line by line, {@code
 * acquire}, {@code check}, {@code write PRICE}, {@code release}, {@code measure N}, {@code reset},
 * and reports each result in a line that begins with {@code @}.
 *
 * <p>Arguments: the kind of lock, the holder's name, the lease in milliseconds, and how it reaches
 * the locks and the prices.
 */
public final class LockHolder {
  static final String PASSWORD = "LOCK_PASSWORD";
  static final String WRITTEN = "written ";

  private static final String RESET = "reset";
  private static final int ACCESS = 3;
  private static final long POLL_MILLIS = 10;

  private final NightlyLock lock;
  private final Connection prices;
  private long token;

  private LockHolder(LockKind kind, String name, long leaseMillis, LockAccess access)
      throws Exception {
    Properties login = new Properties();
    login.setProperty("user", access.user());
    login.setProperty("password", Objects.requireNonNull(System.getenv(PASSWORD)));
    String url = access.jdbc(access.lockDatabase());
    this.lock =
        switch (kind) {
          case ADVISORY -> new AdvisoryLock(url, login, leaseMillis, false);
          case ADVISORY_SESSION -> new AdvisoryLock(url, login, leaseMillis, true);
          case LEASE_ROW -> new LeaseRow(url, login, name, leaseMillis);
          case ZOOKEEPER -> new ZooKeeperLock(access.zooKeeperAddresses(), name, leaseMillis);
          case REDIS -> new RedisLock(access.redisAddresses().subList(0, 1), leaseMillis);
          case REDLOCK -> new RedisLock(access.redisAddresses(), leaseMillis);
          case FILE -> new LockFile(Path.of(access.file()));
        };
    this.prices = DriverManager.getConnection(access.jdbc(access.priceDatabase()), login);
  }

  public static void main(String[] arguments) throws Exception {
    List<String> all = List.of(arguments);
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String line = RESET;
    while (RESET.equals(line)) {
      LockHolder holder =
          new LockHolder(
              LockKind.valueOf(all.get(0)),
              all.get(1),
              Long.parseLong(all.get(2)),
              LockAccess.parse(all.subList(ACCESS, all.size())));
      report("ready");
      line = input.readLine();
      while (line != null && !line.equals(RESET)) {
        holder.follow(line);
        line = input.readLine();
      }
      holder.end();
    }
    Runtime.getRuntime().halt(0);
  }

  private void follow(String line) throws Exception {
    String[] words = line.split(" ", -1);
    switch (words[0]) {
      case "acquire" -> {
        acquire();
        report("acquired " + token);
      }
      case "check" -> report("check " + lock.mayHold());
      case "write" -> report(write(Integer.parseInt(words[1])));
      case "release" -> {
        lock.release();
        report("released");
      }
      case "measure" -> report("measured " + measure(Integer.parseInt(words[1])));
      default -> throw new IllegalArgumentException(line);
    }
  }

  private void acquire() throws Exception {
    OptionalLong acquired = lock.tryAcquire();
    while (acquired.isEmpty()) {
      Thread.sleep(POLL_MILLIS);
      acquired = lock.tryAcquire();
    }
    token = acquired.getAsLong();
  }

  /** Writes all prices, once without regard to the token, once only if no later one has written. */
  private String write(int price) {
    Connection session = lock.session();
    try (PreparedStatement statement =
        (session == null ? prices : session)
            .prepareStatement(
                """
                WITH plain AS (
                  UPDATE price_plain SET price_minor = ? RETURNING 1),
                fenced AS (
                  UPDATE price_fenced SET price_minor = ?, fence = ? WHERE fence <= ? RETURNING 1)
                SELECT (SELECT count(*) FROM plain), (SELECT count(*) FROM fenced)
                """)) {
      statement.setInt(1, price);
      statement.setInt(2, price);
      statement.setLong(3, token);
      statement.setLong(4, token);
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new SQLException("no row");
        }
        return WRITTEN + rows.getInt(1) + " " + rows.getInt(2);
      }
    } catch (SQLException refused) {
      return "failed " + String.valueOf(refused.getMessage()).lines().findFirst().orElse("");
    }
  }

  /** Microseconds of acquisitions without a rival, separated by commas. */
  private String measure(int count) throws Exception {
    List<Long> micros = new ArrayList<>();
    for (int at = 0; at < count; at++) {
      long begin = System.nanoTime();
      acquire();
      micros.add((System.nanoTime() - begin) / 1_000);
      lock.release();
    }
    return micros.stream().map(micro -> Long.toString(micro)).collect(Collectors.joining(","));
  }

  private static void report(String line) {
    System.out.println("@" + line);
    System.out.flush();
  }

  private void end() throws Exception {
    lock.end();
    prices.close();
  }
}
