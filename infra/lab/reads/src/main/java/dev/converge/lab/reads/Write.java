package dev.converge.lab.reads;

/**
 * An order that was accepted, by the client's clock, in nanoseconds.
 *
 * @param start of the first attempt
 * @param end of the attempt that was answered
 */
record Write(String orderId, long start, long end) {}
