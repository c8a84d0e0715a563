package dev.converge.lab.schedules;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a schedule.
 *
 * @param down nodes that do not come back
 */
record Setting(
    SimulatedProtocol simulated,
    List<String> participants,
    Network network,
    @Nullable Mutation mutation,
    Set<String> down) {
  static final String CLIENT = "client";
  static final String COORDINATOR = "coordinator";
  static final String REGISTER = "register";

  /** The participant of the order. */
  static final String ORDER = "order";

  /** The nodes that are down while no order-service runs. */
  static final Set<String> ORDER_SERVICE = Set.of(COORDINATOR, ORDER);

  private static final List<String> TWO = List.of("inventory", "payment");

  /** The participants of a protocol that prepares the order. */
  static final List<String> WITH_THE_ORDER = List.of(ORDER, "inventory", "payment");

  Setting {
    participants = List.copyOf(participants);
    down = Set.copyOf(down);
  }

  /** One transaction with two participants. */
  static Setting of(SimulatedProtocol simulated, Network network, @Nullable Mutation mutation) {
    return new Setting(simulated, TWO, network, mutation, Set.of());
  }

  Setting with(List<String> others) {
    return new Setting(simulated, others, network, mutation, down);
  }

  Setting with(Network other) {
    return new Setting(simulated, participants, other, mutation, down);
  }

  Setting without(Set<String> nodes) {
    return new Setting(simulated, participants, network, mutation, nodes);
  }

  /** The protocol's name of a state, an event or an action. */
  String name(Enum<?> of) {
    return simulated.protocol().wording().name(of);
  }

  boolean has(Mutation other) {
    return mutation == other;
  }

  boolean isDown(String node) {
    return down.contains(node);
  }
}
