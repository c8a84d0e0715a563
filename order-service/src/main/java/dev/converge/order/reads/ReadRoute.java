package dev.converge.order.reads;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** The nodes that a read asks, one after the other, until one may answer. */
public final class ReadRoute {
  private ReadRoute() {}

  /**
   * One node.
   *
   * @param replica its number, from 0; {@link #PRIMARY} for the primary
   * @param waits whether the read waits a moment for the node to show what it must
   */
  public record Step(int replica, boolean waits) {
    public static final int PRIMARY = -1;

    public boolean isPrimary() {
      return replica == PRIMARY;
    }
  }

  /**
   * The steps of one read. Each replica is asked before a wait for one of them, and the primary
   * last, so that reads of replicas do not load it. An eventual read then also asks the replicas
   * that did not answer a moment ago: one may be back.
   *
   * @param replicas how many there are
   * @param first the replica to begin with, of those that are usable
   * @param isUsable whether a replica has answered lately
   */
  public static List<Step> of(ReadLevel level, int replicas, int first, IntPredicate isUsable) {
    List<Step> steps = new ArrayList<>();
    List<Integer> asked = level.asksReplicas() ? inTurn(replicas, first) : List.of();
    List<Integer> usable = asked.stream().filter(isUsable::test).toList();
    if (level.waits()) {
      usable.stream().skip(1).forEach(replica -> steps.add(new Step(replica, false)));
      usable.stream().limit(1).forEach(replica -> steps.add(new Step(replica, true)));
    } else {
      usable.forEach(replica -> steps.add(new Step(replica, false)));
    }
    steps.add(new Step(Step.PRIMARY, level.waits()));
    if (level.asksSilentReplicas()) {
      asked.stream()
          .filter(replica -> !usable.contains(replica))
          .forEach(replica -> steps.add(new Step(replica, false)));
    }
    return List.copyOf(steps);
  }

  private static List<Integer> inTurn(int replicas, int first) {
    return IntStream.range(0, replicas)
        .map(n -> Math.floorMod(first + n, replicas))
        .boxed()
        .toList();
  }
}
