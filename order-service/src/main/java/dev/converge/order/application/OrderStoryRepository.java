package dev.converge.order.application;

import dev.converge.order.domain.Order;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaTransition;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Orders together with their sagas and timelines. */
public interface OrderStoryRepository {
  /**
   * An order, its saga and its timeline, from one snapshot.
   *
   * @param saga null if another protocol has committed the order
   */
  record OrderStory(Order order, @Nullable SagaInstance saga, List<SagaTransition> timeline) {}

  /**
   * A message that an order's saga has sent.
   *
   * @param sequence 1, 2, 3 … per order
   * @param causationId the message that caused it, if one did
   */
  record SentMessage(
      UUID id, long sequence, String topic, String type, @Nullable UUID causationId, Instant at) {}

  /** An order with its first 200 transitions. */
  Future<Optional<OrderStory>> find(SqlClient client, UUID orderId);

  /** The first 200 messages of an order's saga that the outbox still keeps. */
  Future<List<SentMessage>> messages(SqlClient client, Order order);
}
