package dev.converge.lab.reads;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.linearizability.LinearizationSearch.Answer;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The answers that the clients of each level got under each fault, in figures. Pure. */
record ReadsFigures(
    Settings settings,
    Machine machine,
    List<Served> served,
    List<Visible> visible,
    List<Register> registers,
    @Nullable LongFork longFork) {
  /**
   * The run.
   *
   * @param clients of each level
   * @param faultMillis how long each fault lasts under sessions
   * @param registerMillis the length of each history of the register
   */
  record Settings(long seed, int clients, long faultMillis, long registerMillis) {}

  /**
   * The reads of one level during one fault; times in milliseconds.
   *
   * @param refused without an answer in time, or answered that no node can
   * @param longestGap the longest time without an answer
   * @param byReplicas answered by a replica
   * @param lacksOwn without what the client had written before
   * @param lacksSeen without what the client had seen before
   * @param stale50 the median of how old pages of the newest order were
   * @param staleMost the oldest
   * @param tooOld pages older than the bound of bounded reads
   */
  record Served(
      Level level,
      Fault fault,
      long reads,
      long refused,
      double longestGap,
      long byReplicas,
      long lacksOwn,
      long lacksSeen,
      @Nullable Double p50,
      @Nullable Double p99,
      @Nullable Double stale50,
      @Nullable Double staleMost,
      long tooOld) {
    long answered() {
      return reads - refused;
    }

    long violations() {
      return lacksOwn + lacksSeen;
    }
  }

  /**
   * How many reads of a client's own order have found it, by its age.
   *
   * @param ageMillis since it was acknowledged: at least this, and less than the next age
   */
  record Visible(Level level, Fault fault, double ageMillis, long reads, long found) {
    double share() {
      return (double) found / reads;
    }
  }

  /**
   * A history of the register at one level.
   *
   * @param conflicts pairs of values that conflict, by zones; 0 if it is linearizable
   * @param offMillis how much earlier reads would have to begin; null if that does not help
   * @param search what the exhaustive search says
   */
  record Register(
      Level level,
      Fault fault,
      int writes,
      int reads,
      long conflicts,
      @Nullable Double offMillis,
      Answer search) {
    boolean isLinearizable() {
      return conflicts == 0;
    }

    boolean agrees() {
      return search == Answer.UNKNOWN || (search == Answer.LINEARIZABLE) == isLinearizable();
    }
  }

  /** Two writes that two readers have seen in opposite orders. */
  record LongFork(List<Step> steps) {
    /**
     * One step, in the order of time.
     *
     * @param first whether the read has shown the first write; null for a step that is no read
     */
    record Step(double atMillis, String says, @Nullable Boolean first, @Nullable Boolean second) {}

    boolean isShown() {
      return steps.stream().anyMatch(step -> shows(step, true, false))
          && steps.stream().anyMatch(step -> shows(step, false, true));
    }

    private static boolean shows(Step step, boolean first, boolean second) {
      return step.first() != null
          && step.second() != null
          && step.first() == first
          && step.second() == second;
    }
  }

  private long sum(Level level, ToLongFunction<Served> figure) {
    return served.stream().filter(each -> each.level() == level).mapToLong(figure).sum();
  }

  private List<Served> where(Predicate<Served> which) {
    return served.stream().filter(which).toList();
  }

  /** The statements of the page, and whether these figures show them. */
  @JsonProperty
  List<Claim> claims() {
    List<Claim> claims = new ArrayList<>();
    long inSession = sum(Level.SESSION, Served::answered);
    claims.add(
        new Claim(
            "session reads show all that the session has written and seen",
            Figures.count(sum(Level.SESSION, Served::violations))
                + " violations in "
                + Figures.count(inSession)
                + " answers",
            inSession > 0 && sum(Level.SESSION, Served::violations) == 0));
    claims.add(
        new Claim(
            "bounded reads are never older than their bound of " + Level.BOUND_MILLIS + " ms",
            Figures.count(sum(Level.BOUNDED, Served::tooOld))
                + " of "
                + Figures.count(sum(Level.BOUNDED, Served::answered))
                + " answers older",
            sum(Level.BOUNDED, Served::answered) > 0 && sum(Level.BOUNDED, Served::tooOld) == 0));
    claims.add(
        new Claim(
            "eventual reads lack what the client has written or seen",
            Figures.count(sum(Level.EVENTUAL, Served::violations))
                + " of "
                + Figures.count(sum(Level.EVENTUAL, Served::answered))
                + " answers",
            sum(Level.EVENTUAL, Served::violations) > 0));
    claims.add(
        new Claim(
            "eventual reads are answered under every fault",
            Figures.count(sum(Level.EVENTUAL, Served::refused)) + " refused",
            sum(Level.EVENTUAL, Served::answered) > 0
                && sum(Level.EVENTUAL, Served::refused) == 0));
    strong(claims);
    registers(claims);
    if (longFork != null) {
      claims.add(
          new Claim(
              "the primary and a replica show two writes in opposite orders",
              longFork.isShown() ? "shown" : "not shown",
              longFork.isShown()));
    }
    return List.copyOf(claims);
  }

  private void strong(List<Claim> claims) {
    List<Served> cut =
        where(each -> each.level() == Level.STRONG && each.fault() == Fault.PRIMARY_CUT);
    if (!cut.isEmpty()) {
      long refused = cut.stream().mapToLong(Served::refused).sum();
      claims.add(
          new Claim(
              "strong reads are refused while the primary is cut off",
              String.format(
                  Locale.ROOT,
                  "%s of %s refused; none answered for %s s",
                  Figures.count(refused),
                  Figures.count(cut.stream().mapToLong(Served::reads).sum()),
                  Figures.of(cut.get(0).longestGap() / 1e3, 1)),
              refused > 0));
    }
  }

  private void registers(List<Claim> claims) {
    List<Register> strong =
        registers.stream().filter(each -> each.level() == Level.STRONG).toList();
    if (!strong.isEmpty()) {
      claims.add(
          new Claim(
              "every history of strong reads is linearizable",
              strong.stream().filter(Register::isLinearizable).count()
                  + " of "
                  + strong.size()
                  + " histories",
              strong.stream().allMatch(Register::isLinearizable)));
      claims.add(
          new Claim(
              "an exhaustive search agrees with the zones where it ends",
              registers.stream().filter(each -> each.search() != Answer.UNKNOWN).count()
                  + " of "
                  + registers.size()
                  + " histories searched to the end",
              registers.stream().allMatch(Register::agrees)
                  && strong.stream().noneMatch(each -> each.search() == Answer.UNKNOWN)));
      claims.add(
          new Claim(
              "a history of eventual reads is not linearizable while replicas are late",
              registers.stream()
                      .filter(each -> each.level() == Level.EVENTUAL && !each.isLinearizable())
                      .count()
                  + " histories of eventual reads are not",
              registers.stream()
                  .anyMatch(
                      each ->
                          each.level() == Level.EVENTUAL
                              && each.fault() == Fault.LATE
                              && !each.isLinearizable())));
    }
  }
}
