package dev.converge.order.messaging;

import dev.converge.order.application.SagaEngine;
import dev.converge.order.application.SagaEngine.Signalled;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.ParticipantMessages.Reply;
import dev.converge.order.saga.SagaBatch.Cause;
import dev.converge.order.saga.SagaBatch.Event;
import dev.converge.order.saga.SagaSignal;
import dev.converge.order.saga.SagaSignal.Replied;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageHandler;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.UUID;

/** Signals the participants' replies to their sagas. */
public final class SagaReplyHandler implements MessageHandler {
  public static final String TOPIC = ParticipantMessages.ORDER_REPLIES;

  private final SagaEngine engine;

  public SagaReplyHandler(SagaEngine engine) {
    this.engine = engine;
  }

  @Override
  public Future<AfterCommit> handle(SqlConnection tx, List<InboundMessage> batch) {
    List<Event> events = batch.stream().map(SagaReplyHandler::event).toList();
    return engine.signal(tx, events).map(Signalled::afterCommit);
  }

  private static Event event(InboundMessage message) {
    SagaSignal signal = signal(ParticipantMessages.TYPES.decode(message));
    // Decoding has checked that the key is the payload's orderId.
    UUID orderId = UUID.fromString(message.aggregateId());
    return new Event(orderId, signal, new Cause(message.id(), message.traceparent()));
  }

  private static SagaSignal signal(Record received) {
    return received instanceof Reply reply ? new Replied(reply) : Trigger.OTHER_MESSAGE_RECEIVED;
  }
}
