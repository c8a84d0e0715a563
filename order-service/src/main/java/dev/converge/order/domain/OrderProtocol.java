package dev.converge.order.domain;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** How an order, its stock and its payment are brought to the same end. */
public enum OrderProtocol {
  /** One local transaction after another, with messages in between. The default. */
  SAGA("saga"),
  /** Try, confirm, cancel. */
  TCC("tcc"),
  /** Two-phase commit; the decision is a row in this service's database. */
  TWO_PHASE("2pc"),
  /** Two-phase commit; the decision is in a quorum. */
  TWO_PHASE_QUORUM("2pc-quorum"),
  /** Three-phase commit with the timeouts of the textbooks. */
  THREE_PHASE("3pc"),
  /** Three-phase commit with a termination protocol. */
  THREE_PHASE_TERMINATION("3pc-termination"),
  /** Calls without a protocol, after the own row: the control of the experiments. Loses effects. */
  DUAL_WRITE("dual-write"),
  /** The same with the calls first. Leaves effects without an order. */
  DUAL_WRITE_CALL_FIRST("dual-write-call-first");

  private final String label;

  OrderProtocol(String label) {
    this.label = label;
  }

  /** Its name in headers, answers and tables. */
  public String label() {
    return label;
  }

  /** Whether it is a control, which calls the services without a protocol. */
  public boolean isDualWrite() {
    return this == DUAL_WRITE || this == DUAL_WRITE_CALL_FIRST;
  }

  /** The protocol of a label. */
  public static Optional<OrderProtocol> of(String label) {
    return Arrays.stream(values()).filter(one -> one.label.equals(label)).findFirst();
  }

  /** The labels of all protocols. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(OrderProtocol::label).toList();
  }
}
