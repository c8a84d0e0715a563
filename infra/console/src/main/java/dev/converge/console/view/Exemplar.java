package dev.converge.console.view;

import java.time.Instant;

/** One of the measurements that a bucket has counted, with its trace. */
public record Exemplar(String traceId, double value, Instant at) {}
