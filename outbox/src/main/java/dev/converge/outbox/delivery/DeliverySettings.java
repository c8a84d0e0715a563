package dev.converge.outbox.delivery;

import java.time.Duration;

/**
 * The settings of a consumer's delivery.
 *
 * @param maxBatch maximum messages in one transaction
 * @param pollTimeout the maximum wait of a poll for the first message
 * @param attempts how often a message must fail alone before it may be parked
 * @param backoff the backoff before retries
 */
public record DeliverySettings(int maxBatch, Duration pollTimeout, int attempts, Backoff backoff) {}
