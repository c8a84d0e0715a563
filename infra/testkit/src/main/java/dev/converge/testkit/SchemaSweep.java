package dev.converge.testkit;

import dev.converge.faults.TransientFaults;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Changes a service's schema as someone might by mistake, one change at a time, and runs the
 * service's operations under each. An operation has to succeed, or to fail as a fault of the
 * environment.
 */
public final class SchemaSweep {
  private static final int ATTEMPTS = 20;

  private static final String TEXT_COLUMNS =
      """
      SELECT string_agg(concat_ws(' ', c.oid::regclass, a.attname), ',' ORDER BY c.oid, a.attnum)
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'provider'))
        AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname !~ 'history'
        AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'text'::regtype
      """;

  private static final String TABLES =
      """
      SELECT string_agg(c.oid::regclass::text, ',' ORDER BY c.oid)
      FROM pg_class c
      WHERE c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'provider'))
        AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname !~ 'history'
      """;

  private record Change(String name, String apply, String revert) {}

  private final ConnectedDatabase database;
  private final Runnable prepare;
  private final Map<String, Supplier<Future<?>>> operations = new LinkedHashMap<>();

  /**
   * @param prepare runs before each change
   */
  public SchemaSweep(ConnectedDatabase database, Runnable prepare) {
    this.database = database;
    this.prepare = prepare;
  }

  /** Adds an operation. One that returns a wrong result has to fail with an AssertionError. */
  public SchemaSweep operation(String name, Supplier<Future<?>> operation) {
    operations.put(name, operation);
    return this;
  }

  /** Gives each text column another type in turn. Returns what went wrong. */
  public List<String> otherTypes() {
    List<Change> changes = new ArrayList<>();
    for (String column : listed(TEXT_COLUMNS)) {
      String table = column.substring(0, column.indexOf(' '));
      String name = column.substring(column.indexOf(' ') + 1);
      String alter = "ALTER TABLE " + table + " ALTER " + name + " TYPE ";
      changes.add(change(column, alter, name, "char(60)", name, name + "::text"));
      changes.add(change(column, alter, name, "text[]", "array[" + name + "]", name + "[1]"));
    }
    return wrongUnder(changes);
  }

  private List<String> listed(String query) {
    return Pattern.compile(",").splitAsStream(database.value(query)).toList();
  }

  private static Change change(
      String column, String alter, String name, String type, String to, String back) {
    return new Change(
        column + " " + type,
        alter + type + " USING " + to,
        alter + "text USING CASE WHEN " + name + " IS NOT NULL THEN " + back + " END");
  }

  /** Lets a trigger drop each table's rows in turn. Returns what went wrong. */
  public List<String> droppedRows() {
    database.execute(
        """
        CREATE OR REPLACE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN NULL; END'
        """);
    List<Change> changes = new ArrayList<>();
    for (String table : listed(TABLES)) {
      for (String operation : List.of("INSERT", "UPDATE", "DELETE")) {
        changes.add(
            new Change(
                table + " " + operation,
                "CREATE TRIGGER drops BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION drop_row()"
                    .formatted(operation, table),
                "DROP TRIGGER IF EXISTS drops ON " + table));
      }
    }
    return wrongUnder(changes);
  }

  private List<String> wrongUnder(List<Change> changes) {
    List<String> wrong = new ArrayList<>();
    for (Change change : changes) {
      prepare.run();
      if (!applies(change)) {
        continue;
      }
      try {
        operations.forEach(
            (name, operation) -> {
              Throwable cause = failure(operation);
              if (cause != null && !isEnvironment(cause)) {
                wrong.add(change.name() + ": " + name + ": " + cause);
              }
            });
      } finally {
        database.execute(change.revert());
      }
    }
    return wrong;
  }

  // A column that a view or a constraint uses cannot be changed.
  private boolean applies(Change change) {
    try {
      database.execute(change.apply());
      return true;
    } catch (AssertionError refused) {
      return false;
    }
  }

  private static boolean isEnvironment(Throwable cause) {
    return TransientFaults.isTransient(cause) || TransientFaults.isRefusedBySchema(cause);
  }

  // Each connection of the pool has its own cached plans.
  private @Nullable Throwable failure(Supplier<Future<?>> operation) {
    Throwable cause = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      cause = outcome(operation);
      if (!(cause instanceof PgException stale && "0A000".equals(stale.getSqlState()))) {
        return cause;
      }
    }
    return cause;
  }

  private @Nullable Throwable outcome(Supplier<Future<?>> operation) {
    return database
        .onEventLoop(
            () ->
                Future.succeededFuture()
                    .compose(run -> operation.get())
                    .transform(done -> Future.succeededFuture(Optional.ofNullable(done.cause()))))
        .orElse(null);
  }
}
