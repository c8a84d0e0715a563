package dev.converge.outbox;

/**
 * What two failures have in common: no data, no address.
 *
 * @param name for the log
 * @param shown for operators, over HTTP: without the name of a class
 */
record Symptom(String name, String shown) {}
