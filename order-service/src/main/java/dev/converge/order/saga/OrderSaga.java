package dev.converge.order.saga;

import dev.converge.order.domain.Order;

/** A saga and its order as the customer placed it. */
public record OrderSaga(SagaInstance saga, Order order) {}
