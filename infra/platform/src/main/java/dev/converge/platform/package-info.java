/**
 * The {@code converge} command, and the platform it starts without Docker: real PostgreSQL, Kafka,
 * Kafka Connect with Debezium and a trace UI, each a process of its own.
 */
@NullMarked
package dev.converge.platform;

import org.jspecify.annotations.NullMarked;
