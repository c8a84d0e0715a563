package dev.converge.lab.protocols;

import dev.converge.lab.protocols.FinalState.Sums;
import dev.converge.lab.protocols.InDoubtSeries.Moment;
import dev.converge.lab.protocols.MessageSequence.Message;
import dev.converge.lab.protocols.OrderEffects.Divergence;
import dev.converge.lab.protocols.ProtocolReport.Machine;
import dev.converge.lab.protocols.ProtocolReport.Settings;
import dev.converge.lab.protocols.ProtocolResult.ThroughputPoint;
import dev.converge.lab.protocols.ProtocolResult.Undisturbed;
import dev.converge.lab.schedule.FaultKind;
import dev.converge.lab.schedule.FaultPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A made-up report of a run in which every protocol kept its promise. */
final class SampleReport {
  static final FaultPlan PLAN = FaultPlan.of(7, Duration.ofMinutes(3), List.of(FaultKind.values()));

  static final int RATE = 25;

  private static final Set<FaultKind> MESSAGES_WAIT =
      Set.of(FaultKind.PARTITION, FaultKind.ANSWERS_LOST);

  private SampleReport() {}

  static ProtocolReport report() {
    List<ProtocolResult> results = results();
    return new ProtocolReport(
        new Settings(7, CommitProtocol.ids(), RATE, 0.3, false),
        PLAN,
        new Machine(2, 20_000, "Linux amd64", "17"),
        1_200,
        results,
        Goals.of(PLAN, RATE, results),
        null);
  }

  static List<ProtocolResult> results() {
    List<ProtocolResult> results = new ArrayList<>();
    for (CommitProtocol protocol : CommitProtocol.values()) {
      results.add(result(protocol, protocol.isExact() ? 0 : 3));
    }
    return results;
  }

  /**
   * A protocol that keeps its promise.
   *
   * @param divergent orders that diverge
   */
  static ProtocolResult result(CommitProtocol protocol, int divergent) {
    return new ProtocolResult(
        protocol.id(),
        protocol.says(),
        undisturbed(protocol),
        seconds(protocol),
        3,
        faults(protocol, divergent),
        inDoubt(protocol),
        outage(protocol),
        Quantiles.of(List.of(2.0, 3.0, 40.0)),
        ProtocolRun.points(List.of(2.0 + number(protocol), 3.0 + number(protocol), 40.0)),
        new FracturedReads.Count(1_000, 20 + number(protocol), 18),
        finalState(divergent, 3.5),
        throughput(protocol, 200),
        throughput(protocol, 150),
        new ProtocolResult.Sequences(sequence(protocol), sequence(protocol)));
  }

  static FinalState finalState(int divergent, @Nullable Double quiescentSeconds) {
    return new FinalState(
        quiescentSeconds,
        quiescentSeconds == null ? List.of("1 sagas have not ended") : List.of(),
        4_000,
        4_000 - divergent,
        divergent == 0 ? Map.of() : Map.of(Divergence.SHIPPED_NOT_PAID, divergent),
        divergent == 0
            ? List.of()
            : List.of(
                new OrderEffects("019b0000-0000-7000-8000-000000000001", 1_000L, 4_000L, null)),
        0,
        0,
        new Sums(10_000, 6_000, 0, 4_000, 4_000, 900_000, 500_000, 0, 400_000),
        List.of());
  }

  private static int number(CommitProtocol protocol) {
    return CommitProtocol.ids().indexOf(protocol.id());
  }

  private static Undisturbed undisturbed(CommitProtocol protocol) {
    Quantiles holds =
        Quantiles.of(protocol.preparesBranches() ? List.of(4.0, 5.0, 9.0) : List.of());
    boolean usesQuorum = protocol == CommitProtocol.QUORUM;
    return new Undisturbed(
        40,
        1_000,
        1_000,
        Quantiles.of(List.of(5.0, 6.0, 60.0)),
        holds,
        new OrderCosts(
            10.5,
            9_000,
            7.5,
            usesQuorum ? (Double) 10.3 : null,
            usesQuorum ? (Double) 6.1 : null,
            26));
  }

  private static List<ClientSecond> seconds(CommitProtocol protocol) {
    List<ClientSecond> seconds = new ArrayList<>();
    for (int at = 0; at < 180; at++) {
      boolean disturbed =
          protocol != CommitProtocol.SAGA && at > 40 && at < 52 + 2 * number(protocol);
      seconds.add(new ClientSecond(at, RATE, disturbed ? 5 : 25, 0, disturbed ? 20 : 0, 0, 24));
    }
    return seconds;
  }

  private static List<FaultResult> faults(CommitProtocol protocol, int divergent) {
    List<FaultResult> faults = new ArrayList<>();
    double oldest =
        switch (protocol) {
          case SAGA, DUAL_WRITE, DUAL_WRITE_CALL_FIRST -> 0;
          case TCC, TWO_PHASE -> 12.8;
          case QUORUM, THREE_PHASE, THREE_PHASE_TERMINATION -> 2.4;
        };
    for (FaultPlan.Planned planned : PLAN.faults()) {
      faults.add(
          new FaultResult(
              planned.kind().id(),
              planned.atMillis() / 1e3,
              planned.atMillis() / 1e3 + 0.3,
              planned.endMillis() / 1e3,
              200,
              protocol == CommitProtocol.SAGA && MESSAGES_WAIT.contains(planned.kind()) ? 0 : 150,
              protocol == CommitProtocol.SAGA ? 1 : 0.4,
              oldest,
              0,
              oldest,
              4,
              7,
              0.2,
              1.5,
              FaultKind.BREAK_DUAL_WRITE.contains(planned.kind()) && divergent > 0 ? null : 2.0,
              FaultKind.BREAK_DUAL_WRITE.contains(planned.kind()) ? divergent : 0,
              null));
    }
    return faults;
  }

  static @Nullable OrderServiceOutage outage(CommitProtocol protocol) {
    return switch (protocol) {
      case SAGA, DUAL_WRITE, DUAL_WRITE_CALL_FIRST -> null;
      case TCC -> new OrderServiceOutage(8, 0, 12.1, 0.1, 4.1, 0, null);
      case TWO_PHASE -> new OrderServiceOutage(8, 0, 12.1, 12.0, 4.1, 0, null);
      case QUORUM -> new OrderServiceOutage(8, 12.3, 2.4, 2.5, 4.2, 0, null);
      case THREE_PHASE, THREE_PHASE_TERMINATION ->
          new OrderServiceOutage(8, 12.2, 2.3, 2.4, 4.4, 1, null);
    };
  }

  private static InDoubtSeries inDoubt(CommitProtocol protocol) {
    List<Moment> moments = new ArrayList<>();
    for (int at = 0; at < 1_800; at++) {
      double since = Math.min(at - 400, protocol == CommitProtocol.TWO_PHASE ? 120 : 24);
      boolean waits = protocol.isCoordinated() && at > 400 && at < 520;
      moments.add(
          new Moment(at * 100, waits ? 6 : 0, waits ? 6 : 0, 0, waits ? since * 100 : 0, 0, 0));
    }
    return new InDoubtSeries(moments);
  }

  private static List<ThroughputPoint> throughput(CommitProtocol protocol, double most) {
    List<ThroughputPoint> points = new ArrayList<>();
    Double hold = protocol.preparesBranches() ? 5.0 : null;
    for (double x : List.of(0.0, 0.1, 0.5, 1.0)) {
      double perSecond = protocol == CommitProtocol.SAGA ? most : most / (1 + 3 * x);
      Double bound = hold == null || x == 0 ? null : (Double) (1_000 / hold / x);
      double completed = perSecond - 9 * number(protocol);
      List<Double> samples = List.of(completed - 10, completed, completed + 5);
      points.add(new ThroughputPoint(x, 500, 480, completed, samples, hold, bound));
    }
    return points;
  }

  private static MessageSequence sequence(CommitProtocol protocol) {
    return new MessageSequence(
        "019b0000-0000-7000-8000-000000000002",
        "answered 201 COMPLETED",
        true,
        protocol == CommitProtocol.THREE_PHASE ? "shipped, not paid: it diverges" : "shipped, paid",
        List.of(
            new Message(0, "client", "order", "POST /orders", false),
            new Message(3, "order", "inventory", "PREPARE", false),
            new Message(4, "order", "payment", "PREPARE", false),
            new Message(9, "order", "payment", "COMMIT", true),
            new Message(2_050, "payment", "order", "proposals", true)));
  }
}
