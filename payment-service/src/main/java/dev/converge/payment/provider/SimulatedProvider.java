package dev.converge.payment.provider;

import dev.converge.faults.RowCountException;
import dev.converge.payment.provider.ProviderSwitches.Behaviour;
import dev.converge.service.postgres.GroupCommit;
import dev.converge.service.postgres.StoredRows;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.math.BigInteger;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Simulates a payment provider. Its ledger commits separately from our tables: as with a real
 * provider, a charge can succeed and its answer can be lost.
 */
public final class SimulatedProvider implements PaymentProvider {
  private static final int MAX_BATCH = 256;
  private static final int MAX_WAITING = 4_096;
  private static final long COMMIT_WITHIN_MS = 5_000;

  /**
   * The timeout of a call to the ledger, its time in the queue included. It is shorter than the
   * caller's, so that the caller can distinguish a fault of the ledger from one of the provider.
   */
  static final Duration LEDGER_WITHIN = Duration.ofSeconds(5);

  private static final String CHARGE =
      """
      INSERT INTO provider.charge AS ledger (key, status, amount_minor, currency)
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[])
      ON CONFLICT (key) DO UPDATE SET requests = ledger.requests + 1
      RETURNING key, status, amount_minor, currency, requests
      """;

  private static final String UNDO =
      """
      INSERT INTO provider.charge AS ledger (key, status, amount_minor, currency)
      SELECT key, 'VOIDED', 0, 'XXX' FROM unnest($1::uuid[]) AS key
      ON CONFLICT (key) DO UPDATE
      SET status = CASE ledger.status WHEN 'CHARGED' THEN 'REFUNDED' ELSE ledger.status END,
          requests = ledger.requests + 1
      RETURNING key, status, amount_minor, currency, requests
      """;

  private static final String FIND =
      "SELECT key, status, amount_minor, currency, requests FROM provider.charge WHERE key = $1";

  private static final String SUMS =
      """
      SELECT currency, sum(amount_minor) AS held_minor
      FROM provider.charge WHERE status = 'CHARGED' GROUP BY currency ORDER BY currency
      """;

  /** The status of an entry that an undo created before any charge. It has no amount. */
  public static final String VOIDED = "VOIDED";

  /** An entry of the provider's ledger. */
  public record LedgerEntry(
      UUID key, String status, long amountMinor, String currency, int requests) {}

  private final Vertx vertx;
  private final Pool pool;
  private final Duration ledgerWithin;
  private final GroupCommit<ChargeRequest, LedgerEntry> charges;
  private final GroupCommit<UUID, LedgerEntry> undos;
  private volatile ProviderSwitches switches = ProviderSwitches.normal();

  public SimulatedProvider(Vertx vertx, Pool pool, MeterRegistry meters) {
    this(vertx, pool, meters, LEDGER_WITHIN);
  }

  SimulatedProvider(Vertx vertx, Pool pool, MeterRegistry meters, Duration ledgerWithin) {
    this.vertx = vertx;
    this.pool = pool;
    this.ledgerWithin = ledgerWithin;
    this.charges =
        new GroupCommit<>(
            vertx,
            "provider.charge",
            meters,
            MAX_BATCH,
            MAX_WAITING,
            Duration.ZERO,
            this::writeCharges);
    this.undos =
        new GroupCommit<>(
            vertx,
            "provider.undo",
            meters,
            MAX_BATCH,
            MAX_WAITING,
            Duration.ZERO,
            this::writeUndos);
  }

  public ProviderSwitches switches() {
    return switches;
  }

  public void set(ProviderSwitches changed) {
    switches = changed;
  }

  @Override
  public Future<ChargeAnswer> charge(ChargeRequest request) {
    Behaviour behaviour = switches.towards(request.token());
    return switch (behaviour) {
      case FAIL -> Future.failedFuture(new ProviderFailedException("500 from the provider"));
      case SLOW -> chargeLate(request, switches.delayMillis());
      case LOSE_ANSWER ->
          askLedger(charges, request, ledgerWithin).compose(SimulatedProvider::loseFirst);
      case NORMAL, DECLINE ->
          askLedger(charges, request, ledgerWithin).map(SimulatedProvider::answer);
    };
  }

  @Override
  public Future<Void> undo(UUID key) {
    return switches.behaviour() == Behaviour.FAIL
        ? Future.failedFuture(new ProviderFailedException("500 from the provider"))
        : askLedger(undos, key, ledgerWithin).mapEmpty();
  }

  // The delay uses up the timeout; the ledger gets the rest. After a longer delay the caller has
  // timed out, and the charge is made with the full timeout.
  private Future<ChargeAnswer> chargeLate(ChargeRequest request, int delayMillis) {
    Duration rest = ledgerWithin.minusMillis(delayMillis);
    Duration left = rest.compareTo(Duration.ZERO) > 0 ? rest : ledgerWithin;
    return vertx
        .timer(delayMillis, TimeUnit.MILLISECONDS)
        .compose(waited -> askLedger(charges, request, left))
        .map(SimulatedProvider::answer);
  }

  /**
   * The entry that a request creates or finds. A failure of the ledger is a fault of our database,
   * not an answer of a provider. Mapped outside of the group commit, which needs the original cause
   * to decide whether to retry one by one.
   */
  private static <T> Future<LedgerEntry> askLedger(
      GroupCommit<T, LedgerEntry> ledger, T request, Duration within) {
    return ledger
        .submit(request, within)
        .recover(cause -> Future.failedFuture(new EnvironmentFaultException(cause)));
  }

  /** The ledger's entry for an order. */
  public Future<Optional<LedgerEntry>> find(UUID key) {
    return pool.preparedQuery(FIND)
        .execute(Tuple.of(key))
        .map(rows -> Optional.ofNullable(byKey(rows, List.of(key)).get(key)));
  }

  /** The held amounts, in minor units by currency. */
  public Future<Map<String, BigInteger>> held() {
    return pool.query(SUMS).execute().map(SimulatedProvider::sums);
  }

  // A repeated call can be in the queue together with its timed-out original, but one statement may
  // touch a key only once.
  private Future<List<LedgerEntry>> writeCharges(List<ChargeRequest> requests) {
    Map<UUID, ChargeRequest> byKey = new LinkedHashMap<>();
    requests.forEach(request -> byKey.putIfAbsent(request.key(), request));
    List<ChargeRequest> once = List.copyOf(byKey.values());
    UUID[] keys = once.stream().map(ChargeRequest::key).toArray(UUID[]::new);
    String[] statuses = once.stream().map(this::verdict).toArray(String[]::new);
    Long[] amounts = once.stream().map(ChargeRequest::amountMinor).toArray(Long[]::new);
    String[] currencies = once.stream().map(ChargeRequest::currency).toArray(String[]::new);
    List<UUID> asked = requests.stream().map(ChargeRequest::key).toList();
    return pool.preparedQuery(CHARGE)
        .execute(Tuple.of(keys, statuses, amounts, currencies))
        .timeout(COMMIT_WITHIN_MS, TimeUnit.MILLISECONDS)
        .map(rows -> inOrder(asked, rows));
  }

  private Future<List<LedgerEntry>> writeUndos(List<UUID> requests) {
    UUID[] keys = requests.stream().distinct().toArray(UUID[]::new);
    return pool.preparedQuery(UNDO)
        .execute(Tuple.of((Object) keys))
        .timeout(COMMIT_WITHIN_MS, TimeUnit.MILLISECONDS)
        .map(rows -> inOrder(requests, rows));
  }

  private String verdict(ChargeRequest request) {
    return switches.towards(request.token()) == Behaviour.DECLINE ? "DECLINED" : "CHARGED";
  }

  private static ChargeAnswer answer(LedgerEntry entry) {
    return entry.status().equals("CHARGED") ? ChargeAnswer.APPROVED : ChargeAnswer.DECLINED;
  }

  private static Future<ChargeAnswer> loseFirst(LedgerEntry entry) {
    return entry.requests() == 1
        ? Future.failedFuture(new ProviderFailedException("the answer was lost"))
        : Future.succeededFuture(answer(entry));
  }

  private static List<LedgerEntry> inOrder(List<UUID> keys, RowSet<Row> rows) {
    Map<UUID, LedgerEntry> entries = byKey(rows, keys);
    return keys.stream().map(key -> written(entries.get(key))).toList();
  }

  private static LedgerEntry written(@Nullable LedgerEntry entry) {
    if (entry == null) {
      throw new RowCountException("provider.charge", 0, 1);
    }
    return entry;
  }

  private static Map<UUID, LedgerEntry> byKey(RowSet<Row> rows, List<UUID> asked) {
    return StoredRows.byKey(
        "provider.charge", rows, SimulatedProvider::entry, LedgerEntry::key, asked);
  }

  private static LedgerEntry entry(Row row) {
    return new LedgerEntry(
        row.getUUID("key"),
        StoredRows.text("status", row.getString("status")),
        row.getLong("amount_minor"),
        StoredRows.text("currency", row.getString("currency")),
        row.getInteger("requests"));
  }

  private static Map<String, BigInteger> sums(RowSet<Row> rows) {
    Map<String, BigInteger> held = new HashMap<>();
    rows.forEach(
        row ->
            held.put(
                row.getString("currency"), row.getBigDecimal("held_minor").toBigIntegerExact()));
    return held;
  }
}
