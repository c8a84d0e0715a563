package dev.converge.lab.checker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.converge.lab.checker.Evidence.Balance;
import dev.converge.lab.checker.Evidence.Books;
import dev.converge.lab.checker.Evidence.CallRow;
import dev.converge.lab.checker.Evidence.ChargeRow;
import dev.converge.lab.checker.Evidence.DeadLetterRow;
import dev.converge.lab.checker.Evidence.InboxRow;
import dev.converge.lab.checker.Evidence.Interventions;
import dev.converge.lab.checker.Evidence.InventoryBook;
import dev.converge.lab.checker.Evidence.KeyRow;
import dev.converge.lab.checker.Evidence.Line;
import dev.converge.lab.checker.Evidence.MessageBook;
import dev.converge.lab.checker.Evidence.OffsetRow;
import dev.converge.lab.checker.Evidence.OrderBook;
import dev.converge.lab.checker.Evidence.OrderRow;
import dev.converge.lab.checker.Evidence.OutboxRow;
import dev.converge.lab.checker.Evidence.PaymentBook;
import dev.converge.lab.checker.Evidence.PaymentRow;
import dev.converge.lab.checker.Evidence.Place;
import dev.converge.lab.checker.Evidence.RepublicationRow;
import dev.converge.lab.checker.Evidence.ReservationRow;
import dev.converge.lab.checker.Evidence.SagaRow;
import dev.converge.lab.checker.Evidence.Samples;
import dev.converge.lab.checker.Evidence.SlotSample;
import dev.converge.lab.checker.Evidence.StockRow;
import dev.converge.lab.checker.Evidence.StockSample;
import dev.converge.lab.checker.Evidence.Transition;
import dev.converge.lab.checker.Evidence.Watched;
import dev.converge.lab.history.Request;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a run has left: each database in one snapshot, and the topics by {@link LogReader}.
 */
public final class EvidenceReader {
  /** The header by which a record that the lab has sent itself is known, also once it is parked. */
  public static final String POISON_HEADER = "lab_poison";

  private static final long SLOT_LIMIT_BYTES = 4L << 30;

  // When, by the database's clock: that of the service may have been set ahead or back. An order's
  // first message and its last one are written with its beginning and its end.
  private static final String ORDERS =
      """
      WITH message AS (
        SELECT aggregateid, min(created_at) AS at FROM outbox GROUP BY aggregateid, id
      ), ends AS (
        SELECT aggregateid, min(at) AS first_at, max(at) AS last_at FROM message
        GROUP BY aggregateid
      )
      SELECT order_id::text, customer_id, status, reason, currency, total_minor, lines::text,
             (extract(epoch FROM coalesce(first_at, placed_at)) * 1000000)::bigint,
             CASE WHEN ended_at IS NOT NULL
                  THEN (extract(epoch FROM coalesce(last_at, ended_at)) * 1000000)::bigint END
      FROM orders LEFT JOIN ends ON aggregateid = order_id::text
      """;
  private static final String SAGAS =
      "SELECT order_id::text, status, step, abort_reason, version FROM saga";
  private static final String TRANSITIONS =
      """
      SELECT order_id::text, version, (extract(epoch FROM at) * 1000000)::bigint, signal, status,
             step, attempt, sent, xmin::text::bigint
      FROM saga_log
      """;

  // Neither a saga's log nor an inbox says by the clock of the database when it was written, but
  // each row says by which transaction, and messages say both.
  private static final String WRITTEN =
      """
      SELECT xmin::text::bigint, (extract(epoch FROM max(created_at)) * 1000000)::bigint
      FROM outbox GROUP BY 1
      """;
  private static final String OUTBOX =
      """
      SELECT id::text, aggregatetype, aggregateid, sequence, type,
             encode(sha256(convert_to(payload, 'UTF8')), 'hex'), causationid::text,
             (extract(epoch FROM created_at) * 1000000)::bigint
      FROM outbox
      """;
  private static final String DEAD_LETTERS =
      """
      SELECT consumer, message_id::text, topic, partition_id, record_offset, reason, headers
      FROM dead_letter
      """;
  private static final String STOCK =
      "SELECT sku, available, reserved, shipped, received FROM stock";

  // Each is one statement, and so sees one moment: a command changes both sides in one transaction.
  private static final String STOCK_BALANCES =
      """
      SELECT sku, sum(reserved)::bigint, sum(held)::bigint, sum(shipped)::bigint, sum(gone)::bigint
      FROM (SELECT sku, reserved, 0 AS held, shipped, 0 AS gone FROM stock
            UNION ALL
            SELECT line ->> 'sku',
                   0, CASE status WHEN 'RESERVED' THEN (line ->> 'quantity')::bigint ELSE 0 END,
                   0, CASE status WHEN 'SHIPPED' THEN (line ->> 'quantity')::bigint ELSE 0 END
            FROM reservation, json_array_elements(lines) AS line
            WHERE status IN ('RESERVED', 'SHIPPED')) AS sides
      GROUP BY sku
      """;
  // The provider commits first, so what it holds is ours or is being asked about.
  private static final String MONEY_BALANCE =
      """
      SELECT coalesce(sum(c.amount_minor) FILTER (WHERE c.status = 'CHARGED'), 0)::bigint,
             (coalesce(sum(p.amount_minor) FILTER (WHERE p.status = 'CHARGED'), 0)
              + coalesce(sum(c.amount_minor) FILTER (WHERE c.status = 'CHARGED'
                    AND p.status IN ('CHARGING', 'VOIDING', 'REFUNDING')), 0))::bigint
      FROM provider.charge c FULL JOIN payment p ON p.order_id = c.key
      """;
  private static final String SLOT =
      """
      SELECT coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint,
             coalesce(wal_status, 'lost')
      FROM pg_replication_slots WHERE slot_name = 'outbox'
      """;

  private final Platform platform;
  private final LogReader log;
  private final ObjectMapper json = new ObjectMapper();

  public EvidenceReader(Platform platform) {
    this.platform = platform;
    this.log = new LogReader(platform);
  }

  /**
   * Reads everything.
   *
   * @param run what was seen while the run went on
   * @param quiescent whether all work ended in time
   */
  public Evidence read(Run run, boolean quiescent) {
    Books books = books();
    List<SlotSample> slotsWhenQuiescent = Topology.domains().stream().map(this::slot).toList();
    return new Evidence(
        run.history(),
        books,
        log.read(),
        new Samples(run.stock(), run.slots(), slotsWhenQuiescent),
        new TraceReader(platform).read(run.watched()),
        run.interventions(),
        run.watched(),
        run.received(),
        quiescent,
        SLOT_LIMIT_BYTES);
  }

  /**
   * What was seen while a run went on.
   *
   * @param interventions what the lab has done itself
   * @param received what each SKU was stocked with
   */
  public record Run(
      List<Request> history,
      List<StockSample> stock,
      List<SlotSample> slots,
      Interventions interventions,
      Watched watched,
      Map<String, Long> received) {}

  /** Reads the databases. */
  public Books books() {
    NavigableMap<Long, Long> written = new TreeMap<>();
    OrderBook order = orders(written);
    return new Books(order, inventory(), payments(), messages(Topology.domains(), written));
  }

  /** Reads the order service's database alone. */
  public Books orderBooks() {
    NavigableMap<Long, Long> written = new TreeMap<>();
    OrderBook order = orders(written);
    return new Books(
        order,
        new InventoryBook(List.of(), List.of()),
        new PaymentBook(List.of(), List.of(), List.of()),
        messages(List.of("order"), written));
  }

  private OrderBook orders(NavigableMap<Long, Long> written) {
    OrderBook book =
        new OrderBook(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    snapshot(
        "order",
        tx -> {
          rows(tx, WRITTEN, row -> written.put(row.getLong(1), row.getLong(2)));
          rows(tx, ORDERS, row -> book.orders().add(order(row)));
          rows(tx, SAGAS, row -> book.sagas().add(saga(row)));
          rows(tx, TRANSITIONS, row -> book.transitions().add(transition(row, written)));
          rows(
              tx,
              "SELECT key, order_id::text FROM idempotency_key",
              row -> book.keys().add(new KeyRow(text(row, 1), text(row, 2))));
        });
    return book;
  }

  private InventoryBook inventory() {
    InventoryBook book = new InventoryBook(new ArrayList<>(), new ArrayList<>());
    snapshot(
        "inventory",
        tx -> {
          rows(
              tx,
              "SELECT order_id::text, status, lines::text, version FROM reservation",
              row ->
                  book.reservations()
                      .add(
                          new ReservationRow(
                              text(row, 1), text(row, 2), lines(text(row, 3)), row.getLong(4))));
          rows(tx, STOCK, row -> book.stock().add(stockRow(row)));
        });
    return book;
  }

  private PaymentBook payments() {
    PaymentBook book = new PaymentBook(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    snapshot(
        "payment",
        tx -> {
          rows(
              tx,
              "SELECT order_id::text, status, amount_minor, currency FROM payment",
              row ->
                  book.payments()
                      .add(
                          new PaymentRow(
                              text(row, 1), text(row, 2), row.getLong(3), text(row, 4))));
          rows(
              tx,
              "SELECT key::text, status, amount_minor, currency, requests FROM provider.charge",
              row -> {
                book.ledger()
                    .add(new ChargeRow(text(row, 1), text(row, 2), row.getLong(3), text(row, 4)));
                book.calls().add(new CallRow(text(row, 1), row.getLong(5)));
              });
        });
    return book;
  }

  private MessageBook messages(List<String> domains, NavigableMap<Long, Long> written) {
    MessageBook book =
        new MessageBook(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (String domain : domains) {
      snapshot(
          domain,
          tx -> {
            rows(tx, OUTBOX, row -> book.outbox().add(outboxRow(domain, row)));
            rows(
                tx,
                "SELECT message_id::text FROM outbox_republication",
                row -> book.republications().add(new RepublicationRow(domain, text(row, 1))));
            rows(
                tx,
                "SELECT consumer, message_id::text, xmin::text::bigint FROM inbox",
                row -> book.inbox().add(inboxRow(domain, row, written)));
            rows(tx, DEAD_LETTERS, row -> book.deadLetters().add(deadLetter(row)));
          });
    }
    return book;
  }

  private static InboxRow inboxRow(String domain, ResultSet row, NavigableMap<Long, Long> written)
      throws SQLException {
    long handledBy = domain.equals("order") ? writtenBy(written, row.getLong(3)) : Long.MAX_VALUE;
    return new InboxRow(text(row, 1), text(row, 2), handledBy);
  }

  private DeadLetterRow deadLetter(ResultSet row) throws SQLException {
    return new DeadLetterRow(
        text(row, 1),
        text(row, 2),
        new Place(text(row, 3), row.getInt(4), row.getLong(5)),
        text(row, 6),
        poison(text(row, 7)));
  }

  /** The one column of a query, as text. */
  public List<String> strings(String domain, String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Connection connection = platform.connect(domain)) {
      rows(connection, sql, row -> values.add(text(row, 1)));
    }
    return values;
  }

  /** Spans that the trace UI has refused and services have dropped until now. */
  public long droppedSpans() throws IOException {
    return new TraceReader(platform).dropped();
  }

  /** The stock as it is now, of one moment. */
  public List<StockSample> sampleStock() throws SQLException {
    List<StockSample> samples = new ArrayList<>();
    long now = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    try (Connection connection = platform.connect("inventory")) {
      rows(connection, STOCK, row -> samples.add(new StockSample(now, stockRow(row))));
    }
    return samples;
  }

  /** Sums of one moment over stock and reservations, which must be the same. */
  public List<Balance> sampleStockBalances() throws SQLException {
    List<Balance> balances = new ArrayList<>();
    long now = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    try (Connection connection = platform.connect("inventory")) {
      rows(
          connection,
          STOCK_BALANCES,
          row -> {
            String sku = text(row, 1);
            balances.add(
                new Balance(now, (sku + " reserved").intern(), row.getLong(2), row.getLong(3)));
            balances.add(
                new Balance(now, (sku + " shipped").intern(), row.getLong(4), row.getLong(5)));
          });
    }
    return balances;
  }

  /** Sums of one moment over payments and the provider's ledger, which must be the same. */
  public List<Balance> sampleMoneyBalance() throws SQLException {
    List<Balance> balances = new ArrayList<>();
    long now = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    try (Connection connection = platform.connect("payment")) {
      rows(
          connection,
          MONEY_BALANCE,
          row -> balances.add(new Balance(now, "money", row.getLong(1), row.getLong(2))));
    }
    return balances;
  }

  /** What a database's slot holds back now. */
  public SlotSample sampleSlot(String domain) throws SQLException {
    long now = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    List<SlotSample> samples = new ArrayList<>();
    try (Connection connection = platform.connect(domain)) {
      rows(
          connection,
          SLOT,
          row -> samples.add(new SlotSample(now, domain, row.getLong(1), text(row, 2))));
    }
    return samples.isEmpty() ? new SlotSample(now, domain, 0, "absent") : samples.get(0);
  }

  /** The one value of a query. */
  public long count(String domain, String sql) throws SQLException {
    long[] value = {0};
    try (Connection connection = platform.connect(domain)) {
      rows(connection, sql, row -> value[0] = row.getLong(1));
    }
    return value[0];
  }

  private SlotSample slot(String domain) {
    try {
      return sampleSlot(domain);
    } catch (SQLException e) {
      throw new IllegalStateException("slot of " + domain + "-db", e);
    }
  }

  /** How far each consumer has come. */
  public List<OffsetRow> offsets() {
    return log.offsets();
  }

  // An id is in half a dozen tables and topics, and all that was read is kept.
  private static String shared(String text) {
    return text.intern();
  }

  @FunctionalInterface
  private interface Reading {
    void read(Connection tx) throws SQLException;
  }

  @FunctionalInterface
  private interface Row {
    void read(ResultSet row) throws SQLException;
  }

  private void snapshot(String domain, Reading reading) {
    try (Connection connection = platform.connect(domain)) {
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setReadOnly(true);
      reading.read(connection);
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(domain + "-db cannot be read", e);
    }
  }

  private static void rows(Connection connection, String sql, Row each) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(2_000);
      try (ResultSet rows = statement.executeQuery(sql)) {
        while (rows.next()) {
          each.read(rows);
        }
      }
    }
  }

  private static String text(ResultSet row, int column) throws SQLException {
    String text = row.getString(column);
    if (text == null) {
      throw new SQLException("column " + column + " is null");
    }
    return shared(text);
  }

  private static @Nullable Long number(ResultSet row, int column) throws SQLException {
    long number = row.getLong(column);
    return row.wasNull() ? null : number;
  }

  private OrderRow order(ResultSet row) throws SQLException {
    return new OrderRow(
        text(row, 1),
        text(row, 2),
        text(row, 3),
        row.getString(4),
        text(row, 5),
        row.getLong(6),
        lines(text(row, 7)),
        row.getLong(8),
        number(row, 9));
  }

  private static SagaRow saga(ResultSet row) throws SQLException {
    return new SagaRow(text(row, 1), text(row, 2), text(row, 3), row.getString(4), row.getInt(5));
  }

  /** By when a transaction had begun: it, or one that began later, had written a message. */
  private static long writtenBy(NavigableMap<Long, Long> written, long transaction) {
    Map.Entry<Long, Long> at = written.ceilingEntry(transaction);
    return at == null ? Long.MAX_VALUE : at.getValue();
  }

  private static Transition transition(ResultSet row, Map<Long, Long> written) throws SQLException {
    return new Transition(
        text(row, 1),
        row.getInt(2),
        written.getOrDefault(row.getLong(9), row.getLong(3)),
        text(row, 4),
        text(row, 5),
        text(row, 6),
        row.getInt(7),
        text(row, 8));
  }

  private static OutboxRow outboxRow(String domain, ResultSet row) throws SQLException {
    return new OutboxRow(
        domain,
        text(row, 1),
        text(row, 2),
        text(row, 3),
        row.getLong(4),
        text(row, 5),
        text(row, 6),
        row.getString(7),
        row.getLong(8));
  }

  // Here and not by SQL: PostgreSQL reads no JSON with a NUL in it.
  private String poison(String headers) throws SQLException {
    try {
      return shared(json.readTree(headers).path(POISON_HEADER).asText());
    } catch (JsonProcessingException e) {
      throw new SQLException("headers of a dead letter: " + headers, e);
    }
  }

  private static StockRow stockRow(ResultSet row) throws SQLException {
    return new StockRow(
        text(row, 1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5));
  }

  private List<Line> lines(String text) throws SQLException {
    try {
      List<Line> lines = new ArrayList<>();
      for (JsonNode line : json.readTree(text)) {
        lines.add(
            new Line(
                line.path("sku").asText(),
                line.path("quantity").asLong(),
                line.path("unitPriceMinor").asLong()));
      }
      return lines;
    } catch (JsonProcessingException e) {
      throw new SQLException(text, e);
    }
  }
}
