package dev.converge.lab.protocols;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A protocol by which an order's effects are committed. */
enum CommitProtocol {
  SAGA(
      "saga",
      Promise.EXACT,
      "Accepts immediately. Every effect arrives, or is undone. No lock outlives a local transaction."),
  TCC(
      "tcc",
      Promise.EXACT,
      "Reserves everywhere, then confirms or cancels all. In doubt it waits, but holds no lock."),
  TWO_PHASE(
      "2pc",
      Promise.EXACT,
      "All effects or none. In doubt it waits with its locks, as long as the coordinator is down."),
  QUORUM(
      "2pc-quorum",
      Promise.EXACT,
      "All effects or none. In doubt it waits only while it reaches no majority of the register."),
  THREE_PHASE(
      "3pc",
      Promise.BOUNDED_WAIT,
      "No branch waits longer than its timeout while its own database is up. After a crash or a"
          + " cut the effects may disagree."),
  THREE_PHASE_TERMINATION(
      "3pc-termination",
      Promise.BOUNDED_WAIT,
      "As 3pc, but a branch in doubt asks its peers first. After a cut the effects may disagree."),
  DUAL_WRITE("dual-write", Promise.NONE, "Nothing: it is the control that must fail."),
  DUAL_WRITE_CALL_FIRST(
      "dual-write-call-first", Promise.NONE, "Nothing: the control with its calls first.");

  /** A protocol's promise about the effects of an order, once quiescent. */
  enum Promise {
    EXACT,
    /** It does not wait for long, and so the effects may disagree. */
    BOUNDED_WAIT,
    NONE
  }

  private final String id;
  private final Promise promise;
  private final String says;

  CommitProtocol(String id, Promise promise, String says) {
    this.id = id;
    this.promise = promise;
    this.says = says;
  }

  /** The name in requests, options and reports. */
  String id() {
    return id;
  }

  /** Its promise, in words. */
  String says() {
    return says;
  }

  /** Whether the effects of an order must agree once quiescent, under every fault. */
  boolean isExact() {
    return promise == Promise.EXACT;
  }

  Promise promise() {
    return promise;
  }

  /** Whether its branches are prepared transactions, which hold locks. */
  boolean preparesBranches() {
    return switch (this) {
      case TWO_PHASE, QUORUM, THREE_PHASE, THREE_PHASE_TERMINATION -> true;
      case SAGA, TCC, DUAL_WRITE, DUAL_WRITE_CALL_FIRST -> false;
    };
  }

  /** Whether an order is a transaction with a coordinator, which can be in doubt. */
  boolean isCoordinated() {
    return this == TCC || preparesBranches();
  }

  /**
   * Whether it runs unless others are chosen: one control is enough to show that a plan is strong.
   */
  boolean isCompared() {
    return this != DUAL_WRITE_CALL_FIRST;
  }

  /** Whether it is a control without a protocol, in either order of its writes. */
  boolean isDualWrite() {
    return this == DUAL_WRITE || this == DUAL_WRITE_CALL_FIRST;
  }

  /** The CSS class of its marks. */
  String style() {
    return "p-" + id;
  }

  /** The name where only letters, digits and underscores are allowed. */
  String token() {
    return id.replace("-", "").toLowerCase(Locale.ROOT);
  }

  /** The protocol of that name. */
  static CommitProtocol of(String id) {
    return Arrays.stream(values())
        .filter(protocol -> protocol.id.equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no protocol " + id));
  }

  static List<String> ids() {
    return Arrays.stream(values()).map(CommitProtocol::id).toList();
  }
}
