package dev.converge.order.saga;

import dev.converge.order.domain.AbortReason;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One order's saga.
 *
 * @param step the name of the step whose reply, or whose undo's reply, is awaited
 * @param attempt how often the message that awaits a reply has been sent
 * @param abortReason why the saga undoes its steps; absent while it goes forward
 * @param version transitions so far
 * @param messages messages sent so far, which is the sequence number of the last
 * @param deadline when the step times out; absent if no reply is awaited
 */
public record SagaInstance(
    UUID orderId,
    SagaStatus status,
    String step,
    int attempt,
    @Nullable AbortReason abortReason,
    int version,
    long messages,
    @Nullable Instant deadline) {

  boolean goesForward() {
    return abortReason == null;
  }
}
