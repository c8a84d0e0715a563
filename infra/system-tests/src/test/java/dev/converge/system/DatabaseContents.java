package dev.converge.system;

import static java.util.stream.Collectors.joining;

import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The rows of all tables, to compare them before and after; except those of {@code audit_report},
 * which the services' own periodic audit writes.
 */
final class DatabaseContents {
  /** How many rows a table has, and what they hold. */
  private static final String CONTENT =
      """
      SELECT '%1$s ' || count(*) || ' '
          || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '')
      FROM %1$s t
      """;

  private final Convergence convergence;
  private final OrderApi api;

  DatabaseContents(Convergence convergence, OrderApi api) {
    this.convergence = convergence;
    this.api = api;
  }

  /**
   * The number of rows of each table, and a digest of their contents; and the state of the
   * provider.
   */
  Map<String, String> contents() {
    Map<String, String> state = new TreeMap<>();
    for (String domain : Topology.domains()) {
      // One statement: a connection for each table would take half of the test's time.
      String sql = tables(domain).stream().map(CONTENT::formatted).collect(joining(" UNION ALL "));
      // Sorted: the server may read the tables in parallel.
      state.put(domain, convergence.strings(domain, sql).stream().sorted().collect(joining("\n")));
    }
    state.put("provider", api.send("GET", Part.PAYMENT_SERVICE, "/provider", null).raw().body());
    return state;
  }

  private List<String> tables(String domain) {
    return convergence.strings(
        domain,
        """
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'audit_report'
          AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        """);
  }

  /** The number of rows of the tables that an order adds a row to. */
  Map<String, Long> rows() {
    Map<String, Long> rows = new TreeMap<>();
    for (String table : List.of("placed_order", "idempotency_key", "saga", "saga_log", "outbox")) {
      rows.put(table, count(table));
    }
    return rows;
  }

  long count(String table) {
    return Long.parseLong(convergence.strings("order", "SELECT count(*) FROM " + table).get(0));
  }
}
