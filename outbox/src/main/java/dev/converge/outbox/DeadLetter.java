package dev.converge.outbox;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message that could not be handled, kept as it came.
 *
 * @param id of this dead letter
 * @param consumer who could not handle it
 * @param messageId its {@code ce_id}, or an id derived from its place where it had none
 * @param topic where it came from, with partition and offset
 * @param key the record's key
 * @param headers the record's headers
 * @param payload the record's value
 * @param reason why it was parked
 * @param parkedAt when it was parked
 * @param replayedAt when an operator's replay succeeded
 */
public record DeadLetter(
    UUID id,
    String consumer,
    UUID messageId,
    String topic,
    int partition,
    long offset,
    @Nullable String key,
    Map<String, String> headers,
    @Nullable String payload,
    String reason,
    Instant parkedAt,
    @Nullable Instant replayedAt) {}
