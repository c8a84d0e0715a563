package dev.converge.service.operators;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import dev.converge.faults.RowCounts;
import dev.converge.service.postgres.StoredRows;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The operator log: the actions of operators, with those that were refused or failed. An action and
 * its entry are written in the same transaction, so neither exists without the other.
 */
public final class OperatorActions {
  private static final int LONGEST_DETAIL = 500;

  private static final TimeBasedEpochGenerator IDS = Generators.timeBasedEpochGenerator();

  private static final String INSERT =
      """
      INSERT INTO operator_action (id, operator, action, target, reason, outcome, detail)
      VALUES ($1, $2, $3, $4, $5, $6, $7)
      """;

  private static final String LIST =
      """
      SELECT id, operator, action, target, reason, outcome, detail, at
      FROM operator_action
      WHERE $1::uuid IS NULL OR id < $1
      ORDER BY id DESC
      LIMIT $2
      """;

  /** The outcome of an action. */
  enum Outcome {
    DONE,
    REFUSED,
    FAILED
  }

  /**
   * One entry of the log, with a component for each column of its table.
   *
   * @param target the id of an order or of a dead letter
   * @param detail the reason of a refusal or a failure
   */
  record Entry(
      UUID id,
      String operator,
      String action,
      String target,
      String reason,
      Outcome outcome,
      @Nullable String detail,
      Instant at) {}

  /**
   * Bounds the log and the replayed dead letters.
   *
   * @param days to keep actions that were done, at least 30
   * @param runsHere whether this instance does it
   */
  public static Deployable retention(Pool pool, int days, BooleanSupplier runsHere) {
    return new OperatorLogRetention(pool, days, runsHere);
  }

  /**
   * Creates the gauges of what waits for an operator.
   *
   * @param counts by the name of their gauge; each has a bound
   * @param meters of the jobs
   * @param runsHere whether this instance counts
   */
  public static Deployable backlog(
      Map<String, Supplier<Future<Long>>> counts,
      MeterRegistry meters,
      Duration every,
      BooleanSupplier runsHere) {
    return new OperatorBacklog(counts, meters, every, runsHere);
  }

  /** Records an action in its transaction. */
  public Future<Void> done(SqlClient tx, OperatorRequest request, String action, String target) {
    return insert(tx, request, action, target, Outcome.DONE, null);
  }

  /** Records an action that was refused. */
  public Future<Void> refused(
      SqlClient client, OperatorRequest request, String action, String target, String why) {
    return insert(client, request, action, target, Outcome.REFUSED, why);
  }

  /** Records an action that failed and was rolled back. */
  public Future<Void> failed(
      SqlClient client, OperatorRequest request, String action, String target, String why) {
    return insert(client, request, action, target, Outcome.FAILED, why);
  }

  private static Future<Void> insert(
      SqlClient client,
      OperatorRequest request,
      String action,
      String target,
      Outcome outcome,
      @Nullable String detail) {
    Tuple values =
        Tuple.of(
            IDS.generate(), request.operator(), action, target, request.reason(), outcome.name());
    values.addValue(detail == null ? null : bounded(detail));
    return client
        .preparedQuery(INSERT)
        .execute(values)
        .compose(rows -> RowCounts.expect("operator_action", rows.rowCount(), 1));
  }

  /** The text without NUL, which PostgreSQL refuses, and up to the length of a detail. */
  static String bounded(String text) {
    String plain = text.replace('\0', '?');
    return plain.length() > LONGEST_DETAIL ? plain.substring(0, LONGEST_DETAIL) : plain;
  }

  /** A page of the log, newest first, before an entry or from the newest on. */
  Future<List<Entry>> list(SqlClient client, @Nullable UUID before, int limit) {
    return client
        .preparedQuery(LIST)
        .execute(Tuple.of(before, limit))
        .map(rows -> StoredRows.list("operator_action", rows, OperatorActions::fromRow));
  }

  private static Entry fromRow(Row row) {
    return new Entry(
        row.getUUID("id"),
        row.getString("operator"),
        row.getString("action"),
        row.getString("target"),
        row.getString("reason"),
        StoredRows.constant(Outcome.class, "outcome", row.getString("outcome")),
        row.getString("detail"),
        row.getOffsetDateTime("at").toInstant());
  }
}
