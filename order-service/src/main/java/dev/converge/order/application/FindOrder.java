package dev.converge.order.application;

import dev.converge.faults.UnexpectedRowsException;
import dev.converge.order.application.OrderStoryRepository.OrderStory;
import dev.converge.order.application.OrderStoryRepository.SentMessage;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.domain.OrderTotals;
import dev.converge.order.saga.SagaDefinition;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaOutlook;
import dev.converge.order.saga.SagaTransition;
import dev.converge.service.postgres.DatabaseConfig;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads orders and sagas for the API. */
public final class FindOrder {
  private final Pool pool;
  private final OrderRepository orders;
  private final SagaRepository sagas;
  private final OrderStoryRepository stories;
  private final SagaDefinition definition;

  public FindOrder(
      Pool pool,
      OrderRepository orders,
      SagaRepository sagas,
      OrderStoryRepository stories,
      SagaDefinition definition) {
    this.pool = pool;
    this.orders = orders;
    this.sagas = sagas;
    this.stories = stories;
    this.definition = definition;
  }

  /**
   * A saga with everything that is stored of it.
   *
   * @param awaits the name of the reply that it awaits; absent if it has ended
   * @param messages the messages it has sent; read after the story, so there may be later ones
   */
  public record Inspection(
      Order order,
      SagaInstance saga,
      List<SagaTransition> timeline,
      Optional<String> awaits,
      List<SentMessage> messages) {}

  public Future<Optional<Order>> order(UUID orderId) {
    return DatabaseConfig.inTime(orders.find(pool, orderId));
  }

  /** The order, its saga and its timeline, from one snapshot. */
  public Future<Optional<OrderStory>> story(UUID orderId) {
    return DatabaseConfig.inTime(stories.find(pool, orderId));
  }

  /** The saga with its order, its timeline and its messages; empty for an order without a saga. */
  public Future<Optional<Inspection>> inspect(UUID orderId) {
    return story(orderId)
        .compose(
            found ->
                found
                    .flatMap(story -> Optional.ofNullable(story.saga()))
                    .map(saga -> inspect(found.get(), saga).map(Optional::of))
                    .orElseGet(() -> Future.succeededFuture(Optional.empty())));
  }

  private Future<Inspection> inspect(OrderStory story, SagaInstance saga) {
    if (!definition.hasStepOf(saga)) {
      throw new UnexpectedRowsException("saga: an unknown value in the column step");
    }
    return DatabaseConfig.inTime(stories.messages(pool, story.order()))
        .map(
            messages ->
                new Inspection(
                    story.order(), saga, story.timeline(), definition.awaits(saga), messages));
  }

  /**
   * The outlook of an order's saga; empty if it has none, or has ended. Also empty for a step that
   * this version does not know: the order itself is shown all the same.
   */
  public Optional<SagaOutlook> outlook(Order order, @Nullable SagaInstance saga) {
    return saga == null || !definition.hasStepOf(saga)
        ? Optional.empty()
        : definition.outlook(saga, order);
  }

  /** The saga's steps and rules. */
  public SagaDefinition definition() {
    return definition;
  }

  /** A page of orders, the newest first. */
  public Future<List<Order>> list(@Nullable UUID before, @Nullable OrderStatus status, int limit) {
    return DatabaseConfig.inTime(orders.list(pool, before, status, limit));
  }

  /**
   * The totals of the orders in a range of ids.
   *
   * @param from the first id of the range
   * @param before the first id after the range
   */
  public Future<OrderTotals> totals(UUID from, UUID before) {
    return DatabaseConfig.inTime(orders.totals(pool, from, before));
  }

  /** Sagas that wait for an operator. */
  public Future<List<SagaInstance>> stuck(@Nullable UUID after, int limit) {
    return DatabaseConfig.inTime(sagas.stuck(pool, after, limit));
  }
}
