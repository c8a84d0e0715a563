package dev.converge.platform;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Decides the next step of a database's supervision. Pure: the same roles and sight give the same
 * step. A step can be repeated, and the supervisor may end between any two of them.
 *
 * <p>Two rules make it safe. A commit is acknowledged without a standby only while the stored set
 * of confirming standbys is empty, and then no standby is promoted. And a standby is promoted only
 * after the primary's processes have ended, and all confirming standbys have said how much of the
 * log they have.
 */
final class Supervision {
  private Supervision() {}

  /** A step. */
  sealed interface Step {
    /** Nothing is to be done. */
    record Done() implements Step {}

    /** Store other roles. */
    record Store(DatabaseNodes nodes) implements Step {}

    /** Let the primary's commits, and its outbox, wait for these standbys, or for none. */
    record WaitFor(Set<String> standbys) implements Step {}

    /** Kill all processes of a node. */
    record Fence(String node) implements Step {}

    /** Make a standby the primary; it keeps its port. */
    record Promote(String node) implements Step {}

    /** Start the new primary at the primary's port. */
    record Open(String node) implements Step {}

    /** Only an operator can continue. */
    record Report(String reason) implements Step {}
  }

  static Step next(DatabaseNodes nodes, Sight sight) {
    return switch (nodes.phase()) {
      case STEADY ->
          switch (sight.primary()) {
            case ANSWERS -> membership(nodes, sight);
            case SILENT -> new Step.Done();
            case UNRESPONSIVE, ENDED -> failover(nodes, sight);
          };
      case PROMOTING -> promotion(nodes, sight);
      case OPENING ->
          sight.primary() == Sight.Primary.ANSWERS
              ? new Step.Store(nodes.steady())
              : new Step.Open(nodes.primary());
    };
  }

  /**
   * Brings the standbys that commits wait for, and those that may be promoted, to those in reach.
   */
  private static Step membership(DatabaseNodes nodes, Sight sight) {
    Set<String> confirming = nodes.confirming();
    if (sight.names().isEmpty()) {
      // The settings of an earlier supervisor: set again, so that it is known when they apply.
      return new Step.WaitFor(confirming);
    }
    Set<String> names = sight.names().get();
    Set<String> wanted = sight.wanted(union(names, confirming));
    if (wanted.isEmpty()) {
      return noStandby(nodes, names);
    }
    if (!names.equals(wanted)) {
      // A standby that may confirm a commit must be among those that are asked before a promotion.
      return confirming.isEmpty() || confirming.containsAll(wanted)
          ? new Step.WaitFor(wanted)
          : new Step.Store(nodes.withConfirming(union(confirming, wanted)));
    }
    // Earlier commits may be on none of them, or only on one that has left.
    boolean complete =
        wanted.stream()
            .anyMatch(name -> sight.standby(name).filter(Sight.Standby::confirmed).isPresent());
    return complete && !confirming.equals(wanted)
        ? new Step.Store(nodes.withConfirming(wanted))
        : new Step.Done();
  }

  private static Step noStandby(DatabaseNodes nodes, Set<String> names) {
    if (!nodes.confirming().isEmpty()) {
      return new Step.Store(nodes.withConfirming(Set.of()));
    }
    return names.isEmpty() ? new Step.Done() : new Step.WaitFor(Set.of());
  }

  private static Step failover(DatabaseNodes nodes, Sight sight) {
    Optional<String> candidate = candidate(nodes, sight);
    if (candidate.isEmpty()) {
      return new Step.Report(
          nodes.confirming().isEmpty()
              ? nodes.primary() + " does not answer, and no standby has all commits"
              : nodes.primary()
                  + " does not answer, and not all of its standbys say what they have: "
                  + String.join(", ", nodes.confirming()));
    }
    // The log of a standby is final only when nothing can send it more.
    return sight.primary() == Sight.Primary.ENDED
        ? new Step.Store(nodes.promoting(candidate.get()))
        : new Step.Fence(nodes.primary());
  }

  private static Step promotion(DatabaseNodes nodes, Sight sight) {
    String candidate = nodes.candidate();
    if (sight.primary() != Sight.Primary.ENDED) {
      return new Step.Fence(nodes.primary());
    }
    Optional<Sight.Standby> standby =
        sight.standby(candidate).filter(found -> found.received().isPresent());
    if (standby.isEmpty()) {
      return new Step.Report(candidate + " is to be promoted, and does not answer");
    }
    return standby.get().recovering()
        ? new Step.Promote(candidate)
        : new Step.Store(nodes.opening());
  }

  /**
   * The standby to promote: the one with most of the log, among equals one with the outbox's slot.
   * Empty if a confirming standby does not answer: it alone may have an acknowledged commit.
   */
  static Optional<String> candidate(DatabaseNodes nodes, Sight sight) {
    List<Candidate> answering =
        nodes.confirming().stream()
            .flatMap(name -> sight.standby(name).stream().flatMap(one -> candidate(name, one)))
            .toList();
    return answering.size() < nodes.confirming().size()
        ? Optional.empty()
        : answering.stream()
            .max(Comparator.comparing(Candidate::received).thenComparing(Candidate::slot))
            .map(Candidate::name);
  }

  private record Candidate(String name, long received, boolean slot) {}

  private static Stream<Candidate> candidate(String name, Sight.Standby standby) {
    return standby.received().stream()
        .map(received -> new Candidate(name, received, standby.slot()));
  }

  private static Set<String> union(Set<String> some, Set<String> others) {
    Set<String> union = new TreeSet<>(some);
    union.addAll(others);
    return union;
  }
}
