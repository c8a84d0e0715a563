package dev.converge.lab.checker;

import dev.converge.lab.checker.Observations.Balance;
import dev.converge.lab.checker.RunLog.SlotSample;
import dev.converge.lab.checker.RunLog.StockSample;
import dev.converge.lab.checker.TopicContents.OffsetRow;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the evidence of a run: the databases, the topics, the traces, and samples during the run.
 */
public final class EvidenceReader {
  /** The header by which a record that the lab has sent itself is known, also once it is parked. */
  public static final String POISON_HEADER = "lab_poison";

  private final Platform platform;
  private final BookReader books;
  private final LogReader log;
  private final LiveSamples samples;

  public EvidenceReader(Platform platform) {
    this.platform = platform;
    this.books = new BookReader(platform);
    this.log = new LogReader(platform);
    this.samples = new LiveSamples(platform);
  }

  /**
   * Reads everything.
   *
   * @param quiescent whether all work ended in time
   */
  public Evidence read(RunLog run, boolean quiescent) {
    List<SlotSample> slotsWhenQuiescent = Topology.domains().stream().map(this::slot).toList();
    return new Evidence(
        run,
        books.books(),
        log.read(),
        new TraceReader(platform).read(run.observations()),
        slotsWhenQuiescent,
        quiescent);
  }

  /** Reads the databases. */
  public Books books() {
    return books.books();
  }

  /** Reads the topics. */
  public TopicContents topics() {
    return log.read();
  }

  /** Reads the order service's database alone. */
  public Books orderBooks() {
    return books.orderBooks();
  }

  /** The one column of a query, as text. */
  public List<String> strings(String domain, String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Connection connection = platform.connect(domain)) {
      Rows.rows(connection, sql, row -> values.add(Rows.text(row, 1)));
    }
    return values;
  }

  /** Spans that the trace UI has refused and services have dropped until now. */
  public long droppedSpans() throws IOException {
    return new TraceReader(platform).dropped();
  }

  /** The stock as it is now, of one moment. */
  public List<StockSample> sampleStock() throws SQLException {
    return samples.stock();
  }

  /** Sums of one moment over stock and reservations, which must be the same. */
  public List<Balance> sampleStockBalances() throws SQLException {
    return samples.stockBalances();
  }

  /** Sums of one moment over payments and the provider's ledger, which must be the same. */
  public List<Balance> sampleMoneyBalance() throws SQLException {
    return samples.moneyBalance();
  }

  /** The log that a database's slot retains now. */
  public SlotSample sampleSlot(String domain) throws SQLException {
    return samples.slot(domain);
  }

  /** The one value of a query. */
  public long count(String domain, String sql) throws SQLException {
    long[] value = {0};
    try (Connection connection = platform.connect(domain)) {
      Rows.rows(connection, sql, row -> value[0] = row.getLong(1));
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

  /** The committed offsets of each consumer. */
  public List<OffsetRow> offsets() {
    return log.offsets();
  }
}
