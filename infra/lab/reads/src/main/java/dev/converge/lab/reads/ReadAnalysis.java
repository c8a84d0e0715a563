package dev.converge.lab.reads;

import dev.converge.lab.linearizability.LinearizationSearch;
import dev.converge.lab.linearizability.Operation;
import dev.converge.lab.linearizability.Zones;
import dev.converge.lab.linearizability.Zones.Verdict;
import dev.converge.lab.reads.ReadsFigures.Register;
import dev.converge.lab.reads.ReadsFigures.Served;
import dev.converge.lab.reads.ReadsFigures.Visible;
import dev.converge.lab.report.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Makes figures of what clients have noted. Pure. */
final class ReadAnalysis {
  private static final double[] AGES = {0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000};
  private static final List<Fault> WITH_AGES = List.of(Fault.NONE, Fault.LATE);
  private static final int MOST_STATES = 2_000_000;
  private static final double NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final List<Window> windows;
  private final List<Read> reads;
  private final Staleness staleness;

  /**
   * @param windows of the faults; there is none at any other time
   */
  ReadAnalysis(List<Window> windows, SessionLoad.Notes notes) {
    this.windows = List.copyOf(windows);
    this.reads = notes.reads();
    this.staleness = new Staleness(notes.writes());
  }

  private Fault faultAt(long at) {
    return windows.stream()
        .filter(window -> window.contains(at))
        .map(Window::fault)
        .findFirst()
        .orElse(Fault.NONE);
  }

  /** For each level and each fault. */
  List<Served> served() {
    List<Served> all = new ArrayList<>();
    for (Fault fault : Fault.values()) {
      for (Level level : Level.values()) {
        List<Read> those =
            reads.stream()
                .filter(read -> read.level() == level && faultAt(read.start()) == fault)
                .toList();
        if (!those.isEmpty()) {
          all.add(served(level, fault, those));
        }
      }
    }
    return all;
  }

  private Served served(Level level, Fault fault, List<Read> those) {
    List<Read> answered = those.stream().filter(Read::isAnswered).toList();
    List<Double> millis = answered.stream().map(Read::millis).sorted().toList();
    List<Double> ages =
        answered.stream()
            .filter(Read::isPage)
            .map(read -> staleness.of(read.newest(), read.start()) / NANOS_PER_MILLI)
            .sorted()
            .toList();
    return new Served(
        level,
        fault,
        those.size(),
        those.size() - answered.size(),
        longestGap(fault, answered),
        count(answered, read -> read.servedBy() != null && !read.servedBy().equals("primary")),
        count(answered, Read::lacksOwn),
        count(answered, Read::lacksSeen),
        Figures.quantile(millis, 0.5),
        Figures.quantile(millis, 0.99),
        Figures.quantile(ages, 0.5),
        Figures.quantile(ages, 1),
        ages.stream().filter(age -> age > Level.BOUND_MILLIS).count());
  }

  private static long count(List<Read> reads, Predicate<Read> which) {
    return reads.stream().filter(which).count();
  }

  /** The longest time within the windows of a fault in which no answer has arrived. */
  private double longestGap(Fault fault, List<Read> answered) {
    long longest = 0;
    for (Window window : windows) {
      if (window.fault() == fault) {
        long last = window.from();
        for (long end : answered.stream().mapToLong(Read::end).sorted().toArray()) {
          if (window.contains(end)) {
            longest = Math.max(longest, end - last);
            last = end;
          }
        }
        longest = Math.max(longest, window.to() - last);
      }
    }
    return longest / NANOS_PER_MILLI;
  }

  /** For each level and age, without a fault and while replicas are late. */
  List<Visible> visible() {
    List<Visible> all = new ArrayList<>();
    for (Fault fault : WITH_AGES) {
      for (Level level : Level.values()) {
        for (int at = 0; at < AGES.length; at++) {
          double from = AGES[at];
          double to = at + 1 < AGES.length ? AGES[at + 1] : Double.MAX_VALUE;
          List<Read> those =
              reads.stream()
                  .filter(read -> read.level() == level && read.isAnswered() && !read.isPage())
                  .filter(read -> isBetween(read.ownAgeNanos() / NANOS_PER_MILLI, from, to))
                  .filter(read -> faultAt(read.start()) == fault)
                  .toList();
          if (!those.isEmpty()) {
            all.add(new Visible(level, fault, from, those.size(), count(those, Read::isFound)));
          }
        }
      }
    }
    return all;
  }

  private static boolean isBetween(double age, double from, double to) {
    return age >= from && age < to;
  }

  /** Of one history. */
  static Register register(Level level, Fault fault, List<Operation> history) {
    Verdict verdict = Zones.check(history);
    int writes = (int) history.stream().filter(Operation::isWrite).count();
    return new Register(
        level,
        fault,
        writes,
        history.size() - writes,
        verdict.conflicts(),
        millis(verdict.shift()),
        LinearizationSearch.of(history, MOST_STATES));
  }

  private static @Nullable Double millis(long shift) {
    return shift == Zones.NO_SHIFT ? null : shift / NANOS_PER_MILLI;
  }
}
