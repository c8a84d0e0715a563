package dev.converge.system;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * A class on another platform than the shared one: that with protocols ({@link ProtocolOrders}),
 * that without Kafka ({@link WithoutKafka}), or one of its own. It runs beside the classes on the
 * shared platform. Of the classes with this annotation one runs at a time, and its tests one after
 * the other.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("own-platform")
@interface OwnPlatform {}
