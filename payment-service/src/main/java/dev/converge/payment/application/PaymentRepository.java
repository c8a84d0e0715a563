package dev.converge.payment.application;

import dev.converge.payment.domain.Payment;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The payments of orders, and the leases of those that await the provider. */
public interface PaymentRepository {
  /** Locks the payments of orders until the transaction ends, in the order of their ids. */
  Future<Map<UUID, Payment>> lock(SqlConnection tx, Collection<UUID> orderIds);

  /**
   * Writes payments.
   *
   * @param known the orders that had a payment when they were locked
   * @param lease how long payments that await their first call are leased to the writer
   */
  Future<Void> save(SqlConnection tx, List<Payment> payments, Set<UUID> known, Duration lease);

  /** Leases payments that are due for a call: no other process calls until the lease expires. */
  Future<List<Payment>> claim(SqlClient client, int limit, Duration lease);

  /** Ends leases early. Does not change payments that no longer await a call. */
  Future<Void> release(SqlClient client, List<Payment> leased);

  Future<Optional<Payment>> find(SqlClient client, UUID orderId);
}
