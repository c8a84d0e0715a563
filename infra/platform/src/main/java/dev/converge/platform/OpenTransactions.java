package dev.converge.platform;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The branches of transactions that are in doubt, and those that have diverged, in all databases
 * that run: the oldest of them as lines for people, with what an operator can do.
 *
 * @param inDoubt the oldest first
 * @param diverged the oldest first
 * @param unread the databases that do not run
 * @param running the parts of the platform that run
 */
record OpenTransactions(
    List<InDoubt> inDoubt, List<Divergence> diverged, List<Part> unread, Set<Part> running) {
  /** Branches that are listed; {@code transactions list} has all. */
  private static final int MOST = 10;

  OpenTransactions {
    inDoubt = inDoubt.stream().sorted(Comparator.comparing(InDoubt::age).reversed()).toList();
    diverged = diverged.stream().sorted(Comparator.comparing(Divergence::age).reversed()).toList();
    unread = List.copyOf(unread);
    running = Set.copyOf(running);
  }

  static OpenTransactions of(Platform platform) {
    return new OpenTransactions(
        InDoubt.all(platform),
        Divergence.all(platform),
        InDoubt.unread(platform),
        Set.copyOf(platform.runningParts()));
  }

  /** Branches that are in doubt for longer than they may. */
  long overdue() {
    return inDoubt.stream().filter(InDoubt::isOverdue).count();
  }

  /** Whether no branch needs an operator. */
  boolean needNoOperator() {
    return overdue() == 0 && diverged.isEmpty() && unread.isEmpty();
  }

  /** Only the branches that have been in doubt for longer. */
  OpenTransactions olderThan(Duration age) {
    return new OpenTransactions(
        inDoubt.stream().filter(branch -> branch.age().compareTo(age) > 0).toList(),
        diverged,
        unread,
        running);
  }

  /** A line for each branch in doubt. */
  List<String> inDoubtLines() {
    return listed(inDoubt.stream().map(InDoubt::line).toList());
  }

  /** A line for each database whose branches are not known. */
  List<String> unreadLines() {
    return unread.stream().map(InDoubt::unreadLine).toList();
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
    inDoubt.stream().map(this::awaited).distinct().sorted().forEach(lines::add);
    lines.add(
        "Only if the data of a part are lost for good, and never to save time:"
            + " ./converge transactions resolve GID --decision COMMIT|ABORT --reason TEXT");
    return lines;
  }

  private String awaited(InDoubt branch) {
    List<Part> missing = branch.awaits(running);
    String where = branch.protocol() + " in " + branch.service().database().id();
    return missing.isEmpty()
        ? where + ": all that it waits for runs, so it ends in some seconds"
        : where
            + " waits for "
            + Part.ids(missing)
            + ": "
            + missing.stream()
                .map(part -> "./converge start " + part.id())
                .collect(Collectors.joining("; "));
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
