package dev.converge.lab.bench;

import dev.converge.lab.ProcessorTime;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The platform's counters at one time: the difference of two snapshots is the cost of the orders
 * between them.
 *
 * @param cpuMillis of every part with its children, by part
 * @param databases by service
 * @param accepted orders in their transactions
 * @param ended orders in a terminal state
 * @param consumers messages and transactions of each consumer
 */
record Snapshot(
    long nanos,
    Map<String, Double> cpuMillis,
    Map<String, DatabaseCounters> databases,
    double accepted,
    double acceptTransactions,
    double ended,
    Map<String, ConsumerCounters> consumers) {
  /**
   * A database's counters.
   *
   * @param outboxLagBytes log that Debezium has not confirmed yet
   */
  record DatabaseCounters(long commits, long walBytes, long outboxRows, long outboxLagBytes) {
    private DatabaseCounters grownBy(DatabaseCounters from, DatabaseCounters to) {
      return new DatabaseCounters(
          commits + to.commits - from.commits,
          walBytes + to.walBytes - from.walBytes,
          outboxRows + to.outboxRows - from.outboxRows,
          to.outboxLagBytes);
    }
  }

  /** A consumer's counters. */
  record ConsumerCounters(double messages, double transactions) {
    private ConsumerCounters grownBy(ConsumerCounters from, ConsumerCounters to) {
      return new ConsumerCounters(
          messages + to.messages - from.messages,
          transactions + to.transactions - from.transactions);
    }
  }

  /** The counters before anything has happened. */
  static Snapshot zero() {
    Map<String, DatabaseCounters> databases = new LinkedHashMap<>();
    Map<String, ConsumerCounters> consumers = new LinkedHashMap<>();
    for (String domain : Topology.domains()) {
      databases.put(domain, new DatabaseCounters(0, 0, 0, 0));
      consumers.put(domain + "-service", new ConsumerCounters(0, 0));
    }
    return new Snapshot(0, Map.of(), databases, 0, 0, 0, consumers);
  }

  /** These counters plus the difference of two others, of the same process or of another. */
  Snapshot grownBy(Snapshot from, Snapshot to) {
    Map<String, Double> cpu = new LinkedHashMap<>();
    to.cpuMillis.forEach(
        (part, millis) ->
            cpu.put(
                part,
                cpuMillis.getOrDefault(part, 0.0)
                    + millis
                    - from.cpuMillis.getOrDefault(part, 0.0)));
    Map<String, DatabaseCounters> allDatabases = new LinkedHashMap<>();
    Map<String, ConsumerCounters> allConsumers = new LinkedHashMap<>();
    for (String domain : Topology.domains()) {
      allDatabases.put(
          domain, database(domain).grownBy(from.database(domain), to.database(domain)));
      allConsumers.put(
          domain + "-service",
          consumer(domain).grownBy(from.consumer(domain), to.consumer(domain)));
    }
    return new Snapshot(
        nanos + to.nanos - from.nanos,
        cpu,
        allDatabases,
        accepted + to.accepted - from.accepted,
        acceptTransactions + to.acceptTransactions - from.acceptTransactions,
        ended + to.ended - from.ended,
        allConsumers);
  }

  // The rows of the outbox are counted in the partitions, where they are inserted.
  private static final String COUNTERS =
      """
      SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()),
             pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint,
             (SELECT coalesce(sum(n_tup_ins), 0)::bigint
              FROM pg_stat_user_tables JOIN pg_inherits ON inhrelid = relid
              WHERE inhparent = 'outbox'::regclass),
             (SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)), 0)::bigint
              FROM pg_replication_slots WHERE slot_name = 'outbox')
      """;

  static double accepted(Prometheus orderService) {
    return orderService.sum("order_place_transaction_requests_sum");
  }

  static double ended(Prometheus orderService) {
    return orderService.sum("orders_ended_total");
  }

  /** Log that Debezium has not confirmed yet, over all databases. */
  long outboxLagBytes() {
    return databases.values().stream().mapToLong(DatabaseCounters::outboxLagBytes).sum();
  }

  DatabaseCounters database(String domain) {
    return of(databases, domain);
  }

  ConsumerCounters consumer(String domain) {
    return of(consumers, domain + "-service");
  }

  private static <V> V of(Map<String, V> counters, String name) {
    V value = counters.get(name);
    if (value == null) {
      throw new IllegalStateException("no counters of " + name);
    }
    return value;
  }

  static Snapshot take(Platform platform) {
    for (Part part : platform.parts()) {
      if (!platform.isRunning(part)) {
        throw new BenchException(part.id() + " has ended; its log: " + platform.log(part));
      }
    }
    Map<String, DatabaseCounters> databases = new LinkedHashMap<>();
    Map<String, ConsumerCounters> consumers = new LinkedHashMap<>();
    Prometheus order = Prometheus.scrape(platform.ports().url(Part.ORDER_SERVICE));
    for (String domain : Topology.domains()) {
      databases.put(domain, counters(platform, domain));
      Prometheus service =
          domain.equals("order")
              ? order
              : Prometheus.scrape(platform.ports().url(Part.of(domain + "-service")));
      consumers.put(
          domain + "-service",
          new ConsumerCounters(
              service.sum("inbox_transaction_messages_sum"),
              service.sum("inbox_transaction_messages_count")));
    }
    return new Snapshot(
        System.nanoTime(),
        cpuMillis(platform),
        databases,
        accepted(order),
        order.sum("order_place_transaction_requests_count"),
        ended(order),
        consumers);
  }

  static Map<String, Double> cpuMillis(Platform platform) {
    Map<String, Double> cpu = new LinkedHashMap<>();
    for (Part part : platform.nodes()) {
      platform.process(part).ifPresent(process -> cpu.put(part.id(), cpuMillis(process)));
    }
    return cpu;
  }

  private static double cpuMillis(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants())
        .mapToDouble(one -> ProcessorTime.millis(one))
        .sum();
  }

  /** Memory of each part in MiB. */
  static Map<String, Long> residentMiB(Platform platform) {
    Map<String, Long> resident = new LinkedHashMap<>();
    for (Part part : platform.nodes()) {
      resident.put(part.id(), platform.residentKib(part) >> 10);
    }
    return resident;
  }

  private static DatabaseCounters counters(Platform platform, String domain) {
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(COUNTERS)) {
      row.next();
      return new DatabaseCounters(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4));
    } catch (SQLException e) {
      throw new BenchException("no counters of " + domain + "-db", e);
    }
  }
}
