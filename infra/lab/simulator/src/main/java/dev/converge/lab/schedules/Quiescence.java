package dev.converge.lab.schedules;

import dev.converge.lab.schedules.Move.Kind;
import dev.converge.lab.schedules.World.Cut;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The end of a world without further faults: messages on their way are lost, later ones arrive,
 * timeouts fire.
 */
final class Quiescence {
  private static final int MAX_STEPS = 500;

  private final Commitment model;
  private final boolean cutStays;
  private final Map<World, World> known = new HashMap<>();

  private Quiescence(Setting setting, boolean cutStays) {
    this.model = new Commitment(setting);
    this.cutStays = cutStays;
  }

  /** All are back, and connected. */
  static Quiescence healed(Setting setting) {
    return new Quiescence(setting.with(Network.CRASHES), false);
  }

  /** Some nodes do not come back. */
  static Quiescence without(Setting setting, Set<String> nodes) {
    return new Quiescence(setting.with(Network.CRASHES).without(nodes), false);
  }

  /** The participant that is cut off stays so. */
  static Quiescence cutOff(Setting setting) {
    return new Quiescence(setting.with(Network.PARTITION), true);
  }

  /** Whether a branch waits for as long as this lasts. */
  boolean leavesInDoubt(World world) {
    return of(world).isInDoubt();
  }

  /** Whether stock and money of try, confirm, cancel disagree, or stay reserved. */
  boolean leavesPartialEffect(World world) {
    return of(world).hasPartialEffect();
  }

  World of(World world) {
    World quiet = world.with(Traffic.NONE).started();
    return known.computeIfAbsent(cutStays ? quiet : quiet.with(Cut.HEALED), this::follow);
  }

  // Never the same world twice: a decision that cannot be delivered is sent again and again.
  private World follow(World begin) {
    Set<World> seen = new HashSet<>(Set.of(begin));
    World world = begin;
    for (int steps = 0; steps < MAX_STEPS; steps++) {
      Optional<World> next = next(world, seen);
      if (next.isEmpty()) {
        return world;
      }
      world = next.get();
    }
    throw new IllegalStateException("no rest after " + MAX_STEPS + " steps");
  }

  private Optional<World> next(World world, Set<World> seen) {
    List<Move<World>> moves = model.moves(world);
    return moves.stream()
        .filter(move -> move.kind() != Kind.FAULT)
        .map(move -> move.apply(Story.IGNORED))
        .filter(seen::add)
        .findFirst();
  }
}
