package dev.converge.lab.checker;

import java.util.List;

/**
 * The traces in the trace UI.
 *
 * @param dropped spans that the trace UI has refused and services have dropped, because their
 *     queues were full, since the last fault was healed
 * @param rows the traces of the newest completed orders before which there was no fault
 * @param whyNone why there are none; empty if there are some
 */
public record Traces(long dropped, List<TraceRow> rows, String whyNone) {
  static final Traces NOT_READ = new Traces(0, List.of(), "not read");

  /** The trace whose id an order has. */
  public record TraceRow(String orderId, List<Span> spans) {}

  /**
   * A span.
   *
   * @param parent its id; empty for the root
   */
  public record Span(String id, String parent, String service, String kind, String name) {}
}
