package dev.converge.platform;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The branches of transactions that are in doubt, and those that have diverged, in all databases
 * that run: the oldest of them as lines for people, with what an operator can do.
 *
 * @param inDoubt the oldest first
 * @param diverged the oldest first
 */
record OpenTransactions(List<InDoubt> inDoubt, List<Divergence> diverged) {
  /** Branches that are listed; {@code transactions list} has all. */
  private static final int MOST = 10;

  OpenTransactions {
    inDoubt = inDoubt.stream().sorted(Comparator.comparing(InDoubt::age).reversed()).toList();
    diverged = diverged.stream().sorted(Comparator.comparing(Divergence::age).reversed()).toList();
  }

  static OpenTransactions of(Platform platform) {
    return new OpenTransactions(InDoubt.all(platform), Divergence.all(platform));
  }

  /** Branches that are in doubt for longer than they may. */
  long overdue() {
    return inDoubt.stream().filter(InDoubt::isOverdue).count();
  }

  /** Whether no branch needs an operator. */
  boolean needNoOperator() {
    return overdue() == 0 && diverged.isEmpty();
  }

  /** Only the branches that have been in doubt for longer. */
  OpenTransactions olderThan(Duration age) {
    return new OpenTransactions(
        inDoubt.stream().filter(branch -> branch.age().compareTo(age) > 0).toList(), diverged);
  }

  /** A line for each branch in doubt. */
  List<String> inDoubtLines() {
    return listed(inDoubt.stream().map(InDoubt::line).toList());
  }

  /** A line for each divergence. */
  List<String> divergedLines() {
    return listed(diverged.stream().map(Divergence::line).toList());
  }

  /** The branches in doubt, what each waits for, and what an operator can do. */
  List<String> inDoubtAdvice() {
    if (inDoubt.isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>(inDoubtLines());
    inDoubt.stream()
        .map(branch -> branch.protocol() + " waits for " + branch.awaits())
        .distinct()
        .sorted()
        .forEach(lines::add);
    lines.add(
        "Start what they wait for: then they end. Only if its data are lost for good:"
            + " ./converge transactions resolve GID --decision COMMIT|ABORT --reason TEXT");
    return lines;
  }

  /** The divergences, and what an operator can do. */
  List<String> divergedAdvice() {
    if (diverged.isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>(divergedLines());
    lines.add(
        "Repair the order in all services. Then:"
            + " ./converge transactions acknowledge GID --reason TEXT");
    return lines;
  }

  private static List<String> listed(List<String> oldestFirst) {
    if (oldestFirst.size() <= MOST) {
      return oldestFirst;
    }
    List<String> lines = new ArrayList<>(oldestFirst.subList(0, MOST));
    lines.add((oldestFirst.size() - MOST) + " more: ./converge transactions list");
    return lines;
  }
}
