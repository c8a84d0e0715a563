package dev.converge.payment.provider;

import dev.converge.faults.RowCountException;
import dev.converge.faults.RowCounts;
import dev.converge.payment.provider.PaymentProvider.ChargeRequest;
import dev.converge.payment.provider.SimulatedProvider.LedgerEntry;
import dev.converge.service.postgres.HeldRows;
import dev.converge.service.postgres.StoredRows;
import io.vertx.core.CompositeFuture;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The simulated provider's ledger: its table of charges, and the wallets that some are taken from.
 */
final class Ledger {
  private static final long COMMIT_WITHIN_MS = 5_000;
  private static final String CHARGED = "CHARGED";

  // CHARGE and UNDO lock the rows in the order of the keys: two of them never deadlock.
  private static final String CHARGE =
      """
      INSERT INTO provider.charge AS ledger (key, status, amount_minor, currency, wallet)
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[])
          AS requested (key, status, amount_minor, currency, wallet)
      ORDER BY key
      ON CONFLICT (key) DO UPDATE SET requests = ledger.requests + 1
      RETURNING key, status, amount_minor, currency, requests
      """;

  // A new charge of a wallet is declined at first, until its money is taken.
  private static final String COVERED =
      "UPDATE provider.charge SET status = 'CHARGED' WHERE key = ANY ($1)";

  // A charge of a wallet stays, locked, until its money is given back in the same transaction.
  private static final String UNDO =
      """
      INSERT INTO provider.charge AS ledger (key, status, amount_minor, currency)
      SELECT key, 'VOIDED', 0, 'XXX' FROM unnest($1::uuid[]) AS key ORDER BY key
      ON CONFLICT (key) DO UPDATE
      SET status = CASE WHEN ledger.status = 'CHARGED' AND ledger.wallet IS NULL THEN 'REFUNDED'
                        ELSE ledger.status END,
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

  private final Pool pool;
  private final Wallets wallets = new Wallets();
  private final HeldRows heldRows;

  /**
   * @param heldRows whether branches in doubt may hold wallets
   */
  Ledger(Pool pool, HeldRows heldRows) {
    this.pool = pool;
    this.heldRows = heldRows;
  }

  /** The ledger's entry for an order. */
  Future<Optional<LedgerEntry>> find(UUID key) {
    return pool.preparedQuery(FIND)
        .execute(Tuple.of(key))
        .map(rows -> Optional.ofNullable(byKey(rows, List.of(key)).get(key)));
  }

  /** The held amounts, in minor units by currency. */
  Future<Map<String, BigInteger>> held() {
    return pool.query(SUMS).execute().map(Ledger::sums);
  }

  /**
   * Writes the charges of cards that are not in the ledger yet.
   *
   * @param verdict the status of a new charge
   */
  Future<List<Optional<LedgerEntry>>> charge(
      List<ChargeRequest> requests, Function<ChargeRequest, String> verdict) {
    return insertCharges(pool, requests, verdict)
        .timeout(COMMIT_WITHIN_MS, TimeUnit.MILLISECONDS)
        .map(entries -> inOrder(keys(requests), entries).stream().map(Optional::of).toList());
  }

  /**
   * As {@link #charge}, for wallets: a charge that its wallet does not cover is declined.
   *
   * @return empty for a charge whose wallet a branch in doubt holds
   */
  Future<List<Optional<LedgerEntry>>> chargeWallets(
      List<ChargeRequest> requests, Function<ChargeRequest, String> verdict) {
    return unlessHeld(
        requests,
        this::held,
        others ->
            inTransaction(tx -> chargeWallets(tx, others, verdict))
                .map(entries -> inOrder(keys(others), entries)));
  }

  private Future<Set<ChargeRequest>> held(List<ChargeRequest> requests) {
    List<String> tokens = requests.stream().map(ChargeRequest::token).distinct().toList();
    return wallets.held(pool, tokens).map(held -> of(requests, held));
  }

  private static Set<ChargeRequest> of(List<ChargeRequest> requests, Set<String> tokens) {
    return requests.stream()
        .filter(request -> tokens.contains(request.token()))
        .collect(Collectors.toSet());
  }

  /**
   * Writes a group without the requests that need a wallet which a branch in doubt holds: the
   * others would wait for it, too.
   *
   * @param held those of the requests that need such a wallet
   */
  private <T> Future<List<Optional<LedgerEntry>>> unlessHeld(
      List<T> requests,
      Function<List<T>, Future<Set<T>>> held,
      Function<List<T>, Future<List<LedgerEntry>>> write) {
    Future<Set<T>> known =
        heldRows.areSuspected() ? ask(requests, held) : Future.succeededFuture(Set.of());
    return known
        .compose(waiting -> writeOthers(requests, waiting, write))
        .recover(cause -> again(requests, held, write, cause));
  }

  private <T> Future<List<Optional<LedgerEntry>>> again(
      List<T> requests,
      Function<List<T>, Future<Set<T>>> held,
      Function<List<T>, Future<List<LedgerEntry>>> write,
      Throwable cause) {
    return heldRows.suspectAfter(cause)
        ? ask(requests, held).compose(waiting -> writeOthers(requests, waiting, write))
        : Future.failedFuture(cause);
  }

  private <T> Future<Set<T>> ask(List<T> requests, Function<List<T>, Future<Set<T>>> held) {
    return held.apply(requests)
        .timeout(COMMIT_WITHIN_MS, TimeUnit.MILLISECONDS)
        .onSuccess(this::suspectIfAny);
  }

  private void suspectIfAny(Set<?> held) {
    if (!held.isEmpty()) {
      heldRows.suspect();
    }
  }

  private static <T> Future<List<Optional<LedgerEntry>>> writeOthers(
      List<T> requests, Set<T> waiting, Function<List<T>, Future<List<LedgerEntry>>> write) {
    List<T> others = requests.stream().filter(request -> !waiting.contains(request)).toList();
    Future<List<LedgerEntry>> written =
        others.isEmpty() ? Future.succeededFuture(List.of()) : write.apply(others);
    return written.map(entries -> inOrder(requests, waiting, entries.iterator()));
  }

  private static <T> List<Optional<LedgerEntry>> inOrder(
      List<T> requests, Set<T> waiting, Iterator<LedgerEntry> written) {
    return requests.stream()
        .map(
            request ->
                waiting.contains(request)
                    ? Optional.<LedgerEntry>empty()
                    : Optional.of(written.next()))
        .toList();
  }

  private <T> Future<T> inTransaction(Function<SqlConnection, Future<T>> work) {
    return pool.withTransaction(tx -> waitBriefly(tx).compose(bounded -> work.apply(tx)))
        .timeout(COMMIT_WITHIN_MS, TimeUnit.MILLISECONDS);
  }

  private Future<Void> waitBriefly(SqlConnection tx) {
    return heldRows.arePossible() ? HeldRows.waitBriefly(tx) : Future.succeededFuture();
  }

  private Future<Map<UUID, LedgerEntry>> chargeWallets(
      SqlConnection tx, List<ChargeRequest> requests, Function<ChargeRequest, String> verdict) {
    List<ChargeRequest> approved =
        firstOfEachKey(requests).stream()
            .filter(request -> verdict.apply(request).equals(CHARGED))
            .toList();
    return insertCharges(tx, requests, request -> "DECLINED")
        .compose(entries -> takeMoney(tx, approved, entries));
  }

  // In the order of the wallets, so that two transactions wait for each other and never deadlock.
  private Future<Map<UUID, LedgerEntry>> takeMoney(
      SqlConnection tx, List<ChargeRequest> approved, Map<UUID, LedgerEntry> entries) {
    List<ChargeRequest> asked =
        approved.stream()
            .filter(request -> written(entries.get(request.key())).isNew())
            .sorted(Comparator.comparing(ChargeRequest::token))
            .toList();
    List<Future<Boolean>> taken =
        asked.stream().map(request -> wallets.spend(tx, amount(request))).toList();
    return Future.join(taken)
        .map(all -> covered(asked, all))
        .compose(keys -> markCovered(tx, keys, entries));
  }

  private static Wallets.Amount amount(ChargeRequest request) {
    return new Wallets.Amount(request.token(), request.currency(), request.amountMinor());
  }

  private static List<UUID> covered(List<ChargeRequest> asked, CompositeFuture taken) {
    List<UUID> keys = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      if (taken.<Boolean>resultAt(i)) {
        keys.add(asked.get(i).key());
      }
    }
    return keys;
  }

  private static Future<Map<UUID, LedgerEntry>> markCovered(
      SqlConnection tx, List<UUID> keys, Map<UUID, LedgerEntry> entries) {
    if (keys.isEmpty()) {
      return Future.succeededFuture(entries);
    }
    Map<UUID, LedgerEntry> charged = new HashMap<>(entries);
    keys.forEach(key -> charged.computeIfPresent(key, (same, entry) -> entry.to(CHARGED)));
    return tx.preparedQuery(COVERED)
        .execute(Tuple.of((Object) keys.toArray(UUID[]::new)))
        .compose(rows -> RowCounts.expect("provider.charge", rows.rowCount(), keys.size()))
        .map(charged);
  }

  private static Future<Map<UUID, LedgerEntry>> insertCharges(
      SqlClient client, List<ChargeRequest> requests, Function<ChargeRequest, String> verdict) {
    List<ChargeRequest> once = firstOfEachKey(requests);
    UUID[] keys = once.stream().map(ChargeRequest::key).toArray(UUID[]::new);
    String[] statuses = once.stream().map(verdict).toArray(String[]::new);
    Long[] amounts = once.stream().map(ChargeRequest::amountMinor).toArray(Long[]::new);
    String[] currencies = once.stream().map(ChargeRequest::currency).toArray(String[]::new);
    String[] wallets =
        once.stream()
            .map(ChargeRequest::token)
            .map(token -> Wallets.isWallet(token) ? token : null)
            .toArray(String[]::new);
    return client
        .preparedQuery(CHARGE)
        .execute(Tuple.of(keys, statuses, amounts, currencies, wallets))
        .map(rows -> byKey(rows, List.of(keys)));
  }

  // A repeated call can be in the queue together with its timed-out original, but one statement may
  // touch a key only once.
  private static List<ChargeRequest> firstOfEachKey(List<ChargeRequest> requests) {
    Map<UUID, ChargeRequest> byKey = new LinkedHashMap<>();
    requests.forEach(request -> byKey.putIfAbsent(request.key(), request));
    return List.copyOf(byKey.values());
  }

  private static List<UUID> keys(List<ChargeRequest> requests) {
    return requests.stream().map(ChargeRequest::key).toList();
  }

  /**
   * Refunds charges, and leaves a tombstone for a key without one.
   *
   * @return empty for a charge of a wallet that a branch in doubt holds
   */
  Future<List<Optional<LedgerEntry>>> undo(List<UUID> requests) {
    return unlessHeld(requests, keys -> wallets.heldCharges(pool, keys), this::undoAll);
  }

  private Future<List<LedgerEntry>> undoAll(List<UUID> requests) {
    UUID[] keys = requests.stream().distinct().toArray(UUID[]::new);
    return inTransaction(tx -> undo(tx, keys)).map(entries -> inOrder(requests, entries));
  }

  private Future<Map<UUID, LedgerEntry>> undo(SqlConnection tx, UUID[] keys) {
    return tx.preparedQuery(UNDO)
        .execute(Tuple.of((Object) keys))
        .map(rows -> byKey(rows, List.of(keys)))
        .compose(entries -> refundWallets(tx, keys, entries));
  }

  private Future<Map<UUID, LedgerEntry>> refundWallets(
      SqlConnection tx, UUID[] keys, Map<UUID, LedgerEntry> entries) {
    if (entries.values().stream().noneMatch(entry -> entry.status().equals(CHARGED))) {
      return Future.succeededFuture(entries);
    }
    Map<UUID, LedgerEntry> refunded = new HashMap<>(entries);
    refunded.replaceAll(
        (key, entry) -> entry.status().equals(CHARGED) ? entry.to("REFUNDED") : entry);
    return wallets.refund(tx, keys).map(refunded);
  }

  private static List<LedgerEntry> inOrder(List<UUID> keys, Map<UUID, LedgerEntry> entries) {
    return keys.stream().map(key -> written(entries.get(key))).toList();
  }

  private static LedgerEntry written(@Nullable LedgerEntry entry) {
    if (entry == null) {
      throw new RowCountException("provider.charge", 0, 1);
    }
    return entry;
  }

  private static Map<UUID, LedgerEntry> byKey(RowSet<Row> rows, List<UUID> asked) {
    return StoredRows.byKey("provider.charge", rows, Ledger::entry, LedgerEntry::key, asked);
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
