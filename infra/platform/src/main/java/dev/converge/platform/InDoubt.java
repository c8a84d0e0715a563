package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A branch of a transaction that waits for its decision, as its database shows it: also while its
 * service is down.
 *
 * @param service that has the branch
 * @param state {@code PREPARED}, {@code PRECOMMITTED}, or {@code TRIED}, which holds no locks
 * @param waiters sessions that wait for its locks, directly or behind one another
 * @param logBytes of the write-ahead log that the database retains
 */
record InDoubt(
    Topology.Service service, String gid, String state, Duration age, int waiters, long logBytes) {

  /** A branch that is in doubt for longer is a finding. */
  static final Duration TOLERATED = Duration.ofSeconds(10);

  private static final long KIB = 1_024;

  /**
   * The same as {@code BranchesInDoubt} of the library {@code commitment}, which this module cannot
   * depend on; {@code InDoubtTest} compares them. The locks of a prepared transaction have no
   * process id: their holder is found by the lock on its transaction id. A session behind a waiter
   * is blocked by the waiter.
   */
  static final String QUERY =
      """
      WITH RECURSIVE branch AS (
        SELECT p.gid, p.transaction AS xid, p.prepared AS since,
               CASE WHEN c.gid IS NULL THEN 'PREPARED' ELSE 'PRECOMMITTED' END AS state
          FROM pg_prepared_xacts p
          LEFT JOIN transaction_precommit c USING (gid)
         WHERE p.database = current_database()
        UNION ALL
        SELECT gid, NULL, at, 'TRIED' FROM transaction_branch WHERE state = 'TRIED'
      ), oldest AS (
        SELECT * FROM branch
      ), lock AS MATERIALIZED (
        SELECT * FROM pg_locks
      ), waiting AS MATERIALIZED (
        SELECT pid, pg_blocking_pids(pid) AS blockers
          FROM (SELECT DISTINCT pid FROM lock WHERE NOT granted AND pid IS NOT NULL) AS session
      ), held AS (
        SELECT o.gid, h.*
          FROM oldest o
          JOIN lock x ON x.locktype = 'transactionid' AND x.transactionid = o.xid
                     AND x.granted AND x.pid IS NULL
          JOIN lock h ON h.virtualtransaction = x.virtualtransaction AND h.pid IS NULL
      ), waiter (gid, pid) AS (
        SELECT h.gid, w.pid
          FROM held h
          JOIN lock w ON NOT w.granted AND w.locktype = h.locktype
                     AND w.database IS NOT DISTINCT FROM h.database
                     AND w.relation IS NOT DISTINCT FROM h.relation
                     AND w.page IS NOT DISTINCT FROM h.page
                     AND w.tuple IS NOT DISTINCT FROM h.tuple
                     AND w.transactionid IS NOT DISTINCT FROM h.transactionid
                     AND w.classid IS NOT DISTINCT FROM h.classid
                     AND w.objid IS NOT DISTINCT FROM h.objid
                     AND w.objsubid IS NOT DISTINCT FROM h.objsubid
          JOIN waiting b ON b.pid = w.pid AND 0 = ANY (b.blockers)
        UNION
        SELECT r.gid, b.pid FROM waiter r JOIN waiting b ON r.pid = ANY (b.blockers)
      ), held_log AS (
        SELECT coalesce(max(pg_current_wal_lsn() - restart_lsn), 0)::bigint AS bytes
          FROM pg_replication_slots
         WHERE database = current_database()
      )
      SELECT o.gid, o.state,
             greatest(0, extract(epoch FROM clock_timestamp() - o.since) * 1000)::bigint AS age_ms,
             (SELECT count(*) FROM waiter w WHERE w.gid = o.gid)::int AS waiters,
             CASE WHEN o.xid IS NULL THEN 0 ELSE held_log.bytes END AS log_bytes
        FROM oldest o CROSS JOIN held_log
       ORDER BY o.since
      """;

  /** The branches in doubt in all databases that run, the oldest of each first. */
  static List<InDoubt> all(Platform platform) {
    List<InDoubt> all = new ArrayList<>();
    for (Topology.Service service : Topology.SERVICES) {
      if (platform.isRunning(platform.primary(service.database().role()))) {
        all.addAll(of(platform, service));
      }
    }
    return all;
  }

  /** The databases that do not run: their branches are not known. */
  static List<Part> unread(Platform platform) {
    return Topology.SERVICES.stream()
        .map(service -> platform.primary(service.database().role()))
        .filter(database -> !platform.isRunning(database))
        .toList();
  }

  /** A line for people about a database that does not run. */
  static String unreadLine(Part database) {
    return database.id()
        + " is down, and its branches are not known: ./converge start "
        + database.id();
  }

  private static List<InDoubt> of(Platform platform, Topology.Service service) {
    List<InDoubt> branches = new ArrayList<>();
    try (Connection connection = platform.connect(service.domain());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(QUERY)) {
      while (rows.next()) {
        branches.add(
            new InDoubt(
                service,
                rows.getString("gid"),
                rows.getString("state"),
                Duration.ofMillis(rows.getLong("age_ms")),
                rows.getInt("waiters"),
                rows.getLong("log_bytes")));
      }
      return branches;
    } catch (SQLException e) {
      throw new PlatformException(
          service.database().id() + " cannot be read: " + e.getMessage(), e);
    }
  }

  boolean isOverdue() {
    return age.compareTo(TOLERATED) > 0;
  }

  /** The protocol of its transaction, which its name begins with. */
  String protocol() {
    int end = gid.indexOf('.');
    return Visible.line(end < 0 ? gid : gid.substring(0, end));
  }

  /**
   * The parts that do not run and without which it cannot end: its own service, of which any node
   * ends it, and those that have the decision of its protocol.
   */
  List<Part> awaits(Set<Part> running) {
    List<Part> missing = new ArrayList<>();
    if (running.stream().noneMatch(part -> part.role() == service.part().role())) {
      missing.add(service.part());
    }
    decidingParts(running).stream().filter(part -> !missing.contains(part)).forEach(missing::add);
    return missing;
  }

  private List<Part> decidingParts(Set<Part> running) {
    return switch (protocol()) {
      case "2pc", "tcc" ->
          Stream.of(Part.ORDER_SERVICE, Part.ORDER_DB)
              .filter(first -> running.stream().noneMatch(part -> part.role() == first.role()))
              .toList();
      case "2pc-quorum" -> {
        List<Part> missing = missing(Part.quorum(), running);
        boolean isMajorityUp = missing.size() <= Part.quorum().size() / 2;
        yield isMajorityUp ? List.of() : missing;
      }
      // A branch of the others ends by its own timeout.
      default -> List.of();
    };
  }

  private static List<Part> missing(List<Part> parts, Set<Part> running) {
    return parts.stream().filter(part -> !running.contains(part)).toList();
  }

  /** The same for programs. */
  JsonNode json() {
    return JsonOption.object()
        .put("service", service.id())
        .put("gid", gid)
        .put("state", state)
        .put("ageMillis", age.toMillis())
        .put("waiters", waiters)
        .put("logBytes", logBytes);
  }

  /** A line for people. */
  String line() {
    return Visible.line(
        String.format(
            Locale.ROOT,
            "%s: %s  %s for %.1f s, sessions that wait: %d, log retained: %d KiB",
            service.database().id(),
            gid,
            state,
            age.toMillis() / 1_000.0,
            waiters,
            logBytes / KIB));
  }
}
