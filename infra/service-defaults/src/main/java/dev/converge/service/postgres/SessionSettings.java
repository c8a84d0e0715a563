package dev.converge.service.postgres;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The session settings that the client and the SQL of the services rely on. They are sent with the
 * startup message, which overrides the settings of the role, the database and the server.
 */
final class SessionSettings {
  private static final Map<String, String> ALL = new LinkedHashMap<>();

  static {
    // The client's own defaults. It does not send them together with given properties.
    ALL.put("client_encoding", "UTF8");
    ALL.put("DateStyle", "ISO");
    ALL.put("extra_float_digits", "2");
    // The format of values.
    ALL.put("TimeZone", "UTC");
    ALL.put("IntervalStyle", "postgres");
    ALL.put("bytea_output", "hex");
    ALL.put("standard_conforming_strings", "on");
    ALL.put("array_nulls", "on");
    ALL.put("transform_null_equals", "off");
    // The resolution of names, and the role.
    ALL.put("search_path", "public");
    ALL.put("role", "none");
    // A policy that hides rows fails the statement instead of hiding them.
    ALL.put("row_security", "off");
    ALL.put("restrict_nonsystem_relation_kind", "");
    // Transactions and their timeouts.
    ALL.put("default_transaction_isolation", "read committed");
    ALL.put("default_transaction_read_only", "off");
    ALL.put("default_transaction_deferrable", "off");
    ALL.put("synchronous_commit", "on");
    ALL.put("exit_on_error", "off");
    ALL.put("statement_timeout", "10000");
    ALL.put("lock_timeout", "5000");
    ALL.put("idle_in_transaction_session_timeout", "15000");
    ALL.put("transaction_timeout", "0");
    ALL.put("idle_session_timeout", "0");
    ALL.put("client_min_messages", "warning");
    // A service reads and writes rows by their keys. On a small table the planner prefers to read
    // all rows, and a prepared statement keeps that plan while the table grows: after ten thousand
    // orders, one that touched a hundred rows took half a second. These settings rule such plans
    // out.
    ALL.put("enable_seqscan", "off");
    ALL.put("enable_hashjoin", "off");
    ALL.put("enable_mergejoin", "off");
    ALL.put("enable_indexscan", "on");
    ALL.put("enable_bitmapscan", "on");
    ALL.put("enable_nestloop", "on");
    ALL.put("plan_cache_mode", "auto");
    ALL.put("jit", "off");
  }

  private SessionSettings() {}

  /**
   * @param applicationName distinguishes instances in the server's views
   */
  static Map<String, String> of(String applicationName) {
    Map<String, String> settings = new LinkedHashMap<>(ALL);
    settings.put("application_name", applicationName);
    return settings;
  }
}
