package dev.converge.lab.checker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.converge.lab.checker.Books.CallRow;
import dev.converge.lab.checker.Books.ChargeRow;
import dev.converge.lab.checker.Books.DeadLetterRow;
import dev.converge.lab.checker.Books.InboxRow;
import dev.converge.lab.checker.Books.InventoryBook;
import dev.converge.lab.checker.Books.KeyRow;
import dev.converge.lab.checker.Books.Line;
import dev.converge.lab.checker.Books.MessageBook;
import dev.converge.lab.checker.Books.OrderBook;
import dev.converge.lab.checker.Books.OrderRow;
import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.Books.PaymentBook;
import dev.converge.lab.checker.Books.PaymentRow;
import dev.converge.lab.checker.Books.RepublicationRow;
import dev.converge.lab.checker.Books.ReservationRow;
import dev.converge.lab.checker.Books.SagaRow;
import dev.converge.lab.checker.Books.StockRow;
import dev.converge.lab.checker.Books.Transition;
import dev.converge.lab.checker.TopicContents.Place;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Reads the services' databases, each in one snapshot. */
final class BookReader {
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
      SELECT order_id::text, coalesce(protocol, 'saga'), customer_id, status, reason, currency, total_minor, lines::text,
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

  // A saga's log and an inbox do not have the time of the write by the database's clock. But each
  // row has the id of its transaction, and messages have both.
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

  /** The stock, for {@link #stockRow}. */
  static final String STOCK = "SELECT sku, available, reserved, shipped, received FROM stock";

  private final Platform platform;
  private final ObjectMapper json = new ObjectMapper();

  BookReader(Platform platform) {
    this.platform = platform;
  }

  /** Reads the databases. */
  Books books() {
    NavigableMap<Long, Long> written = new TreeMap<>();
    OrderBook order = orders(written);
    return new Books(order, inventory(), payments(), messages(Topology.domains(), written));
  }

  /** Reads the order service's database alone. */
  Books orderBooks() {
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
    Rows.snapshot(
        platform,
        "order",
        tx -> {
          Rows.rows(tx, WRITTEN, row -> written.put(row.getLong(1), row.getLong(2)));
          Rows.rows(tx, ORDERS, row -> book.orders().add(order(row)));
          Rows.rows(tx, SAGAS, row -> book.sagas().add(saga(row)));
          Rows.rows(tx, TRANSITIONS, row -> book.transitions().add(transition(row, written)));
          Rows.rows(
              tx,
              "SELECT key, order_id::text FROM idempotency_key",
              row -> book.keys().add(new KeyRow(Rows.text(row, 1), Rows.text(row, 2))));
        });
    return book;
  }

  private InventoryBook inventory() {
    InventoryBook book = new InventoryBook(new ArrayList<>(), new ArrayList<>());
    Rows.snapshot(
        platform,
        "inventory",
        tx -> {
          Rows.rows(
              tx,
              "SELECT order_id::text, status, lines::text, version FROM reservation",
              row ->
                  book.reservations()
                      .add(
                          new ReservationRow(
                              Rows.text(row, 1),
                              Rows.text(row, 2),
                              lines(Rows.text(row, 3)),
                              row.getLong(4))));
          Rows.rows(tx, STOCK, row -> book.stock().add(stockRow(row)));
        });
    return book;
  }

  private PaymentBook payments() {
    PaymentBook book = new PaymentBook(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    Rows.snapshot(
        platform,
        "payment",
        tx -> {
          Rows.rows(
              tx,
              "SELECT order_id::text, status, amount_minor, currency FROM payment",
              row ->
                  book.payments()
                      .add(
                          new PaymentRow(
                              Rows.text(row, 1),
                              Rows.text(row, 2),
                              row.getLong(3),
                              Rows.text(row, 4))));
          Rows.rows(
              tx,
              "SELECT key::text, status, amount_minor, currency, requests FROM provider.charge",
              row -> {
                book.ledger()
                    .add(
                        new ChargeRow(
                            Rows.text(row, 1),
                            Rows.text(row, 2),
                            row.getLong(3),
                            Rows.text(row, 4)));
                book.calls().add(new CallRow(Rows.text(row, 1), row.getLong(5)));
              });
        });
    return book;
  }

  private MessageBook messages(List<String> domains, NavigableMap<Long, Long> written) {
    MessageBook book =
        new MessageBook(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (String domain : domains) {
      Rows.snapshot(
          platform,
          domain,
          tx -> {
            Rows.rows(tx, OUTBOX, row -> book.outbox().add(outboxRow(domain, row)));
            Rows.rows(
                tx,
                "SELECT message_id::text FROM outbox_republication",
                row -> book.republications().add(new RepublicationRow(domain, Rows.text(row, 1))));
            Rows.rows(
                tx,
                "SELECT consumer, message_id::text, xmin::text::bigint FROM inbox",
                row -> book.inbox().add(inboxRow(domain, row, written)));
            Rows.rows(tx, DEAD_LETTERS, row -> book.deadLetters().add(deadLetter(row)));
          });
    }
    return book;
  }

  private static InboxRow inboxRow(String domain, ResultSet row, NavigableMap<Long, Long> written)
      throws SQLException {
    long handledBy = domain.equals("order") ? writtenBy(written, row.getLong(3)) : Long.MAX_VALUE;
    return new InboxRow(Rows.text(row, 1), Rows.text(row, 2), handledBy);
  }

  private DeadLetterRow deadLetter(ResultSet row) throws SQLException {
    return new DeadLetterRow(
        Rows.text(row, 1),
        Rows.text(row, 2),
        new Place(Rows.text(row, 3), row.getInt(4), row.getLong(5)),
        Rows.text(row, 6),
        poison(Rows.text(row, 7)));
  }

  private OrderRow order(ResultSet row) throws SQLException {
    return new OrderRow(
        Rows.text(row, 1),
        Rows.text(row, 2),
        Rows.text(row, 3),
        Rows.text(row, 4),
        row.getString(5),
        Rows.text(row, 6),
        row.getLong(7),
        lines(Rows.text(row, 8)),
        row.getLong(9),
        Rows.number(row, 10));
  }

  private static SagaRow saga(ResultSet row) throws SQLException {
    return new SagaRow(
        Rows.text(row, 1), Rows.text(row, 2), Rows.text(row, 3), row.getString(4), row.getInt(5));
  }

  /** By when a transaction had begun: it, or one that began later, had written a message. */
  private static long writtenBy(NavigableMap<Long, Long> written, long transaction) {
    Map.Entry<Long, Long> at = written.ceilingEntry(transaction);
    return at == null ? Long.MAX_VALUE : at.getValue();
  }

  private static Transition transition(ResultSet row, Map<Long, Long> written) throws SQLException {
    return new Transition(
        Rows.text(row, 1),
        row.getInt(2),
        written.getOrDefault(row.getLong(9), row.getLong(3)),
        Rows.text(row, 4),
        Rows.text(row, 5),
        Rows.text(row, 6),
        row.getInt(7),
        Rows.text(row, 8));
  }

  private static OutboxRow outboxRow(String domain, ResultSet row) throws SQLException {
    return new OutboxRow(
        domain,
        Rows.text(row, 1),
        Rows.text(row, 2),
        Rows.text(row, 3),
        row.getLong(4),
        Rows.text(row, 5),
        Rows.text(row, 6),
        row.getString(7),
        row.getLong(8));
  }

  // Here and not by SQL: PostgreSQL reads no JSON with a NUL in it.
  private String poison(String headers) throws SQLException {
    try {
      return Rows.shared(json.readTree(headers).path(EvidenceReader.POISON_HEADER).asText());
    } catch (JsonProcessingException e) {
      throw new SQLException("headers of a dead letter: " + headers, e);
    }
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

  /** A row of {@link #STOCK}. */
  static StockRow stockRow(ResultSet row) throws SQLException {
    return new StockRow(
        Rows.text(row, 1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5));
  }
}
