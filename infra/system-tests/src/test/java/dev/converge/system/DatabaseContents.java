package dev.converge.system;

import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The rows of all tables, to compare them before and after. */
final class DatabaseContents {
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
      for (String table : tables(domain)) {
        String sql =
            "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM "
                + table
                + " t";
        state.put(domain + " " + table, convergence.strings(domain, sql).get(0));
      }
    }
    state.put("provider", api.send("GET", Part.PAYMENT_SERVICE, "/provider", null).raw().body());
    return state;
  }

  private List<String> tables(String domain) {
    return convergence.strings(
        domain,
        """
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
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
