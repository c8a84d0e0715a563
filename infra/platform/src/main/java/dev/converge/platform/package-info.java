/**
 * The {@code converge} command, and the platform it starts without Docker: real PostgreSQL, Kafka,
 * Kafka Connect with Debezium and a trace UI, each a process of its own.
 */
@NullMarked
@CheckReturnValue
package dev.converge.platform;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
