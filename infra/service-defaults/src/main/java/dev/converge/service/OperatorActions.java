package dev.converge.service;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The audit log: what operators did, tried and were refused. What is done is written in the
 * transaction that does it, so that there is no action without its line and no line without its
 * action.
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

  /** What became of an action. */
  enum Outcome {
    DONE,
    REFUSED,
    FAILED
  }

  /**
   * One line of the log.
   *
   * @param target the order of a saga, or the dead letter
   * @param detail why it was refused or failed
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
   * Keeps the log bounded, and with it the dead letters that were replayed.
   *
   * @param days to keep what was done, 30 at least
   */
  public static Deployable retention(Pool pool, int days) {
    return new OperatorLogRetention(pool, days);
  }

  /** Writes that an action is done, in the transaction that does it. */
  public Future<Void> done(SqlClient tx, OperatorRequest request, String action, String target) {
    return insert(tx, request, action, target, Outcome.DONE, null);
  }

  /** Writes that an action was refused, and why. */
  public Future<Void> refused(
      SqlClient client, OperatorRequest request, String action, String target, String why) {
    return insert(client, request, action, target, Outcome.REFUSED, why);
  }

  /** Writes that an action failed and was rolled back, and why. */
  Future<Void> failed(
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
    return client.preparedQuery(INSERT).execute(values).mapEmpty();
  }

  /** What PostgreSQL takes as text, of a length that a page can hold. */
  static String bounded(String text) {
    String plain = text.replace('\0', '?');
    return plain.length() > LONGEST_DETAIL ? plain.substring(0, LONGEST_DETAIL) : plain;
  }

  /** A page of the log, the newest first, before a line or from the newest on. */
  Future<List<Entry>> list(SqlClient client, @Nullable UUID before, int limit) {
    return client
        .preparedQuery(LIST)
        .execute(Tuple.of(before, limit))
        .map(OperatorActions::fromRows);
  }

  private static List<Entry> fromRows(RowSet<Row> rows) {
    List<Entry> entries = new ArrayList<>();
    rows.forEach(row -> entries.add(fromRow(row)));
    return entries;
  }

  private static Entry fromRow(Row row) {
    return new Entry(
        row.getUUID("id"),
        row.getString("operator"),
        row.getString("action"),
        row.getString("target"),
        row.getString("reason"),
        Outcome.valueOf(row.getString("outcome")),
        row.getString("detail"),
        row.getOffsetDateTime("at").toInstant());
  }
}
