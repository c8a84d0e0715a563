package dev.converge.lab.schedules;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The results of all schedules of one transaction with two participants.
 *
 * @param worlds how many different ones
 * @param violations the shortest schedule to each kind
 */
record Exploration(int worlds, Map<Violation, Schedule> violations) {
  Exploration {
    violations = Map.copyOf(violations);
  }

  /** A cause for which a branch waits. */
  enum Wait {
    COORDINATOR_DOWN,
    /** The coordinator, and with it the participant of the order: they are one process. */
    ORDER_SERVICE_DOWN,
    /** Fewer than two of three nodes of the register are there. */
    REGISTER_DOWN,
    CUT_OFF
  }

  /** Explores a protocol. */
  static Exploration of(SimulatedProtocol protocol, Network network, @Nullable Mutation mutation) {
    Setting setting = Setting.of(protocol, network, mutation);
    Search<World> search = Search.of(new Commitment(setting));
    Map<Violation, Schedule> violations = violations(search);
    Quiescence healed = Quiescence.healed(setting);
    search
        .shortest(healed::leavesInDoubt)
        .ifPresent(schedule -> violations.put(Violation.IN_DOUBT_WHEN_QUIESCENT, schedule));
    search
        .shortest(healed::leavesPartialEffect)
        .ifPresent(schedule -> violations.put(Violation.PARTIAL_EFFECT, schedule));
    return new Exploration(search.worlds(), violations);
  }

  /** Explores the control. */
  static Exploration of(DualWriteModel model) {
    Search<DualWriteWorld> search = Search.of(model);
    return new Exploration(search.worlds(), violations(search));
  }

  private static Map<Violation, Schedule> violations(Search<?> search) {
    Map<Violation, Schedule> violations = new EnumMap<>(Violation.class);
    for (Violation violation : search.violations()) {
      search.shortest(violation).ifPresent(schedule -> violations.put(violation, schedule));
    }
    return violations;
  }

  boolean holds() {
    return violations.isEmpty();
  }

  /** The shortest schedule to a violation. */
  Optional<Schedule> shortest(Violation violation) {
    return Optional.ofNullable(violations.get(violation));
  }

  /** The violation that is shown: different ends if there are any. */
  Optional<Violation> worst() {
    return violations.keySet().stream().min(Violation::compareTo);
  }

  /** The shortest schedules after which a branch waits for as long as the cause lasts. */
  static Map<Wait, Schedule> waits(SimulatedProtocol protocol) {
    Map<Wait, Schedule> waits = new EnumMap<>(Wait.class);
    Setting crashes = Setting.of(protocol, Network.CRASHES, null);
    Search<World> crashed = Search.of(new Commitment(crashes));
    Quiescence withoutCoordinator = Quiescence.without(crashes, Set.of(Setting.COORDINATOR));
    crashed
        .shortest(withoutCoordinator::leavesInDoubt)
        .ifPresent(schedule -> waits.put(Wait.COORDINATOR_DOWN, schedule));
    if (protocol.preparesTheOrder()) {
      Setting withOrder = crashes.with(Network.COORDINATOR_CRASHES).with(Setting.WITH_THE_ORDER);
      Quiescence withoutOrderService = Quiescence.without(withOrder, Setting.ORDER_SERVICE);
      Search.of(new Commitment(withOrder))
          .shortest(withoutOrderService::leavesInDoubt)
          .ifPresent(schedule -> waits.put(Wait.ORDER_SERVICE_DOWN, schedule));
    }
    if (protocol.register() == SimulatedProtocol.RegisterPlace.QUORUM) {
      Quiescence withoutRegister = Quiescence.without(crashes, Set.of(Setting.REGISTER));
      crashed
          .shortest(withoutRegister::leavesInDoubt)
          .ifPresent(schedule -> waits.put(Wait.REGISTER_DOWN, schedule));
    }
    Setting partition = Setting.of(protocol, Network.PARTITION, null);
    Quiescence cutOff = Quiescence.cutOff(partition);
    Search.of(new Commitment(partition))
        .shortest(world -> world.cut().isPresent() && cutOff.leavesInDoubt(world))
        .ifPresent(schedule -> waits.put(Wait.CUT_OFF, schedule));
    return waits;
  }
}
