package dev.converge.order.messaging;

import dev.converge.order.application.OrderOutcomes;
import dev.converge.order.application.SagaCoordinator;
import dev.converge.order.application.SagaCoordinator.Event;
import dev.converge.order.application.SagaCoordinator.Outcome;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.SagaSignal.Replied;
import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageHandler;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.UUID;

/** Handles the participants' replies to their sagas. */
public final class SagaReplyHandler implements MessageHandler {
  public static final String TOPIC = ParticipantMessages.ORDER_REPLIES;

  private final SagaCoordinator coordinator;
  private final OrderOutcomes outcomes;

  public SagaReplyHandler(SagaCoordinator coordinator, OrderOutcomes outcomes) {
    this.coordinator = coordinator;
    this.outcomes = outcomes;
  }

  @Override
  public Future<AfterCommit> handle(SqlConnection tx, List<InboundMessage> batch) {
    List<Event> events = batch.stream().map(SagaReplyHandler::event).toList();
    return coordinator.signal(tx, events).map(outcome -> () -> committed(outcome));
  }

  private void committed(Outcome outcome) {
    coordinator.committed(outcome);
    outcome.ended().forEach(outcomes::ended);
  }

  private static Event event(InboundMessage message) {
    Record reply = ParticipantMessages.TYPES.decode(message);
    // Decoded, so the key is the payload's orderId.
    UUID orderId = UUID.fromString(message.aggregateId());
    return new Event(orderId, new Replied(reply), message.id(), message.traceparent());
  }
}
