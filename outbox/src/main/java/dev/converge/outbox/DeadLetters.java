package dev.converge.outbox;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.converge.faults.RowCounts;
import dev.converge.faults.UnexpectedRowsException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Messages that could not be handled: parked, listed, replayed. */
public final class DeadLetters {
  private static final int MAX_REASON_LENGTH = 2_000;
  private static final long MAX_PAGE_BYTES = 8_000_000;
  private static final long MOST_COUNTED = 10_000;
  private static final long READ_TIMEOUT_MS = 3_000;
  private static final long REPLAY_TIMEOUT_MS = 10_000;

  // A conflict: the message was parked, and is read again after its inbox row was dropped.
  private static final String INSERT =
      """
      INSERT INTO dead_letter (id, consumer, message_id, topic, partition_id, record_offset, key,
                               headers, record_headers, payload, reason)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
      ON CONFLICT (message_id, consumer) DO NOTHING
      """;

  // PostgreSQL knows the length of a value without reading it. The query reads one row beyond the
  // limit, to find out whether there are more.
  private static final String LIST =
      """
      SELECT id, consumer, message_id, topic, partition_id, record_offset, key, headers,
             record_headers, payload, reason, parked_at, replayed_at, found
      FROM (SELECT *, row_number() OVER (ORDER BY id) AS position,
                   sum(bytes) OVER (ORDER BY id) AS bytes_up_to,
                   count(*) OVER () AS found
            FROM (SELECT *, octet_length(headers) + octet_length(reason)
                            + coalesce(octet_length(record_headers), 0)
                            + coalesce(octet_length(key), 0)
                            + coalesce(octet_length(payload), 0) AS bytes
                  FROM dead_letter
                  WHERE ($1::uuid IS NULL OR id > $1) AND ($2 OR replayed_at IS NULL)
                  ORDER BY id
                  LIMIT $3 + 1) AS candidate) AS counted
      WHERE position <= $3 AND (position = 1 OR bytes_up_to <= $4)
      ORDER BY id
      """;

  private static final String FIND =
      """
      SELECT id, consumer, message_id, topic, partition_id, record_offset, key, headers,
             record_headers, payload, reason, parked_at, replayed_at
      FROM dead_letter
      WHERE id = $1
      """;

  private static final String MARK_REPLAYED =
      """
      UPDATE dead_letter SET replayed_at = now()
      WHERE id = $1 AND consumer = $2 AND replayed_at IS NULL
      RETURNING id, consumer, message_id, topic, partition_id, record_offset, key, headers,
                record_headers, payload, reason, parked_at, replayed_at
      """;

  private static final String COUNT_WAITING =
      """
      SELECT count(*) AS letters
      FROM (SELECT FROM dead_letter WHERE replayed_at IS NULL LIMIT $1) AS waiting
      """;

  private static final String COUNT_PARKED =
      """
      SELECT count(*) AS letters FROM dead_letter WHERE message_id = $1 AND consumer = $2
      """;

  private static final String COUNT_REPLAYABLE =
      """
      SELECT count(*) AS letters FROM dead_letter
      WHERE id = $1 AND consumer = $2 AND replayed_at IS NULL
      """;

  /**
   * Dead letters in the order they were parked.
   *
   * @param more whether there are further pages
   */
  public record Page(List<DeadLetter> letters, boolean more) {
    public Page {
      letters = List.copyOf(letters);
    }
  }

  private final Pool pool;

  public DeadLetters(Pool pool) {
    this.pool = pool;
  }

  /**
   * Lists dead letters in the order they were parked, including replayed ones: up to the limit, or
   * up to 8 MB, and at least one. Takes three seconds at most.
   *
   * @param after the last id of the previous page, or null for the first page
   * @param limit maximum to return, 1 to 100
   */
  public Future<Page> list(@Nullable UUID after, int limit) {
    return list(after, true, limit);
  }

  /** Like {@link #list}, without replayed dead letters. */
  public Future<Page> listParked(@Nullable UUID after, int limit) {
    return list(after, false, limit);
  }

  private Future<Page> list(@Nullable UUID after, boolean replayedToo, int limit) {
    if (limit < 1 || limit > 100) {
      throw new IllegalArgumentException("limit: " + limit + " (expected: 1 to 100)");
    }
    return pool.preparedQuery(LIST)
        .execute(Tuple.of(after, replayedToo, limit, MAX_PAGE_BYTES))
        .timeout(READ_TIMEOUT_MS, MILLISECONDS)
        .map(DeadLetters::page);
  }

  /** Counts those that were not replayed, up to 10,000. Takes three seconds at most. */
  public Future<Long> countParked() {
    return pool.preparedQuery(COUNT_WAITING)
        .execute(Tuple.of(MOST_COUNTED))
        .timeout(READ_TIMEOUT_MS, MILLISECONDS)
        .map(rows -> rows.iterator().next().getLong("letters"));
  }

  /** Finds a dead letter by its id. Takes three seconds at most. */
  public Future<Optional<DeadLetter>> find(UUID id) {
    return pool.preparedQuery(FIND)
        .execute(Tuple.of(id))
        .timeout(READ_TIMEOUT_MS, MILLISECONDS)
        .map(rows -> fromRows(rows).stream().findFirst());
  }

  private static Page page(RowSet<Row> rows) {
    List<DeadLetter> letters = fromRows(rows);
    return new Page(
        letters, !letters.isEmpty() && rows.iterator().next().getLong("found") > letters.size());
  }

  /**
   * Passes a parked message to its handler again, and marks it as replayed in the same transaction:
   * two replays handle it once. Runs the returned {@link AfterCommit} after the commit.
   *
   * @return false if the consumer has no such dead letter, or it was replayed before; failed if the
   *     handler fails, with no change made; failed with a {@link
   *     java.util.concurrent.TimeoutException} after ten seconds, with an unknown outcome
   */
  public Future<Boolean> replay(UUID id, String consumer, MessageHandler handler) {
    return pool.withTransaction(tx -> replayIn(tx, id, consumer, handler))
        .onSuccess(handled -> handled.ifPresent(AfterCommit::run))
        .map(Optional::isPresent)
        .timeout(REPLAY_TIMEOUT_MS, MILLISECONDS);
  }

  /** Returns the action after the commit; empty if there was nothing to replay. */
  private Future<Optional<AfterCommit>> replayIn(
      SqlConnection tx, UUID id, String consumer, MessageHandler handler) {
    return tx.preparedQuery(MARK_REPLAYED)
        .execute(Tuple.of(id, consumer))
        .compose(
            found ->
                found.size() == 0
                    ? expect(tx, COUNT_REPLAYABLE, Tuple.of(id, consumer), 0).map(Optional.empty())
                    : handle(tx, found, handler));
  }

  // Nothing was written. That is a fault if a trigger dropped the row.
  private static Future<Void> expect(SqlConnection tx, String count, Tuple values, int expected) {
    return tx.preparedQuery(count)
        .execute(values)
        .map(rows -> rows.iterator().next().getLong("letters").intValue())
        .compose(letters -> RowCounts.expect("dead_letter", letters, expected));
  }

  private static Future<Optional<AfterCommit>> handle(
      SqlConnection tx, RowSet<Row> found, MessageHandler handler) {
    return handler.handle(tx, List.of(message(found.iterator().next()))).map(Optional::of);
  }

  Future<Void> park(
      SqlConnection tx,
      String consumer,
      UUID messageId,
      ConsumerRecord<byte[], byte[]> entry,
      Throwable cause) {
    Tuple values =
        Tuple.of(
            OutboxMessage.newId(),
            consumer,
            messageId,
            entry.topic(),
            entry.partition(),
            entry.offset());
    values.addValue(buffer(entry.key()));
    values.addValue(DeadLetterHeaders.texts(entry));
    values.addValue(DeadLetterHeaders.pairs(entry));
    values.addValue(buffer(entry.value()));
    values.addValue(stored(cause));
    return tx.preparedQuery(INSERT)
        .execute(values)
        .compose(
            rows ->
                rows.rowCount() == 1
                    ? Future.succeededFuture()
                    : expect(tx, COUNT_PARKED, Tuple.of(messageId, consumer), 1));
  }

  private static InboundMessage message(Row row) {
    DeadLetter letter = letter(row);
    return Records.message(
        letter.messageId(),
        letter::lastHeader,
        bytes(letter.keyBytes()),
        bytes(letter.payloadBytes()),
        new InboundMessage.Source(letter.topic(), letter.partition(), letter.offset()));
  }

  private static byte @Nullable [] bytes(@Nullable Buffer buffer) {
    return buffer == null ? null : buffer.getBytes();
  }

  private static List<DeadLetter> fromRows(RowSet<Row> rows) {
    List<DeadLetter> letters = new ArrayList<>();
    rows.forEach(row -> letters.add(letter(row)));
    return letters;
  }

  private static DeadLetter letter(Row row) {
    try {
      return fromRow(row);
    } catch (RuntimeException e) {
      throw new UnexpectedRowsException("dead_letter: a row that cannot be read", e);
    }
  }

  private static DeadLetter fromRow(Row row) {
    return new DeadLetter(
        row.getUUID("id"),
        row.getString("consumer"),
        row.getUUID("message_id"),
        row.getString("topic"),
        row.getInteger("partition_id"),
        row.getLong("record_offset"),
        row.getBuffer("key"),
        DeadLetterHeaders.read(row.getString("record_headers"), row.getString("headers")),
        row.getBuffer("payload"),
        row.getString("reason"),
        row.getOffsetDateTime("parked_at").toInstant(),
        instant(row));
  }

  private static @Nullable Instant instant(Row row) {
    return row.getOffsetDateTime("replayed_at") == null
        ? null
        : row.getOffsetDateTime("replayed_at").toInstant();
  }

  private static @Nullable Buffer buffer(byte @Nullable [] bytes) {
    return bytes == null ? null : Buffer.buffer(bytes);
  }

  /**
   * Why a message could not be handled, in words that can be shown: no class names, no addresses,
   * no SQL.
   */
  public static String reason(Throwable cause) {
    return FailureReason.of(cause);
  }

  private static String stored(Throwable cause) {
    String reason = reason(cause).replace('\0', '?');
    return reason.length() > MAX_REASON_LENGTH ? reason.substring(0, MAX_REASON_LENGTH) : reason;
  }
}
