package dev.converge.lab.protocols;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A result of a protocol with some parts changed. */
final class ResultChange {
  private final ProtocolResult original;
  private List<ClientSecond> seconds;
  private List<FaultResult> faults;
  private @Nullable OrderServiceOutage outage;
  private FinalState finalState;
  private FracturedReads.Count fractured;
  private ProtocolResult.Sequences sequences;

  private ResultChange(ProtocolResult original) {
    this.original = original;
    this.seconds = original.seconds();
    this.faults = original.faults();
    this.outage = original.outage();
    this.finalState = original.finalState();
    this.fractured = original.fractured();
    this.sequences = original.sequences();
  }

  static ResultChange of(ProtocolResult original) {
    return new ResultChange(original);
  }

  ResultChange seconds(List<ClientSecond> changed) {
    seconds = changed;
    return this;
  }

  ResultChange faults(List<FaultResult> changed) {
    faults = changed;
    return this;
  }

  ResultChange outage(OrderServiceOutage changed) {
    outage = changed;
    return this;
  }

  ResultChange finalState(FinalState changed) {
    finalState = changed;
    return this;
  }

  ResultChange fractured(FracturedReads.Count changed) {
    fractured = changed;
    return this;
  }

  ResultChange underCut(MessageSequence changed) {
    sequences = new ProtocolResult.Sequences(sequences.undisturbed(), changed);
    return this;
  }

  ProtocolResult result() {
    return new ProtocolResult(
        original.protocol(),
        original.promises(),
        original.undisturbed(),
        seconds,
        original.requestsRepeated(),
        faults,
        original.inDoubt(),
        outage,
        original.window(),
        original.windowPoints(),
        fractured,
        finalState,
        original.contention(),
        original.delay(),
        sequences);
  }
}
