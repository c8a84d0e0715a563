package dev.converge.lab.concepts;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The cost of each lock, and its behaviour when its holder is late. Pure. */
record LocksFigures(
    Settings settings, Machine machine, List<Acquired> acquired, List<Round> rounds) {
  /**
   * The run.
   *
   * @param rounds with each fault
   */
  record Settings(long seed, long leaseMillis, int rounds, List<LockKind> kinds) {}

  /** An event that makes the holder late. */
  enum Fault {
    KILL("killed"),
    PAUSE("paused"),
    CUT("cut off");

    private final String says;

    Fault(String says) {
      this.says = says;
    }

    String says() {
      return says;
    }
  }

  /** How long it takes to acquire a lock without a rival, in milliseconds. */
  record Acquired(LockKind kind, double p50, double p99) {}

  /**
   * One fault.
   *
   * @param heldMillis how long the fault lasted; 0 for a kill
   * @param passedOnMillis from the fault until the other process had the lock; null if it never had
   * @param overlapMillis from then until the late write of the first process was answered; 0 if the
   *     other one got the lock after that
   * @param lateWrite the answer to the write of the first process, if the other one had the lock by
   *     then; else empty
   * @param lostPlain whether it replaced the newer price where no token is checked
   * @param lostFenced whether it replaced the newer price where the token is checked
   */
  record Round(
      LockKind kind,
      Fault fault,
      double heldMillis,
      @Nullable Double passedOnMillis,
      double overlapMillis,
      String lateWrite,
      boolean lostPlain,
      boolean lostFenced) {
    boolean overlaps() {
      return overlapMillis > 0;
    }
  }

  private static final Set<LockKind> FENCED =
      Set.of(LockKind.ADVISORY, LockKind.LEASE_ROW, LockKind.ZOOKEEPER, LockKind.REDIS);

  List<Round> rounds(Predicate<Round> which) {
    return rounds.stream().filter(which).toList();
  }

  /** Rounds in which the holder was late. */
  List<Round> late(LockKind kind) {
    return rounds(round -> round.kind() == kind && round.fault() != Fault.KILL);
  }

  /** The median; null if the lock was not passed on, or the fault does not apply. */
  @Nullable Double passedOn(LockKind kind, Fault fault) {
    List<Double> sorted =
        rounds(round -> round.kind() == kind && round.fault() == fault).stream()
            .flatMap(round -> Stream.ofNullable(round.passedOnMillis()))
            .sorted()
            .toList();
    return Figures.quantile(sorted, 0.5);
  }

  /** The statements of the page, and whether these figures show them. */
  @JsonProperty
  List<Claim> claims() {
    List<Claim> claims = new ArrayList<>();
    List<Round> fenced = rounds(round -> FENCED.contains(round.kind()) && round.overlaps());
    if (settings.kinds().stream().anyMatch(FENCED::contains)) {
      claims.add(
          new Claim(
              "a late write is refused wherever its token is checked",
              count(fenced, Round::lostFenced) + " of " + fenced.size() + " late writes applied",
              !fenced.isEmpty() && fenced.stream().noneMatch(Round::lostFenced)));
      claims.add(
          new Claim(
              "where it is not checked, the same write replaces the newer price",
              count(fenced, Round::lostPlain) + " of " + fenced.size() + " newer prices lost",
              !fenced.isEmpty() && fenced.stream().allMatch(Round::lostPlain)));
    }
    overlaps(claims);
    sameSession(claims);
    redlock(claims);
    file(claims);
    kills(claims);
    return List.copyOf(claims);
  }

  private void overlaps(List<Claim> claims) {
    List<Round> late = rounds(round -> round.kind().expires() && round.fault() != Fault.KILL);
    if (!late.isEmpty()) {
      claims.add(
          new Claim(
              "with each lock that expires, a holder that is late for longer is not alone",
              count(late, Round::overlaps) + " of " + late.size() + " times there were two holders",
              late.stream().allMatch(Round::overlaps)));
    }
  }

  private void sameSession(List<Claim> claims) {
    List<Round> late = late(LockKind.ADVISORY_SESSION);
    if (!late.isEmpty()) {
      claims.add(
          new Claim(
              "a write in the session that holds the lock needs no token: it fails with its session",
              count(late, round -> round.lostPlain() || round.lostFenced())
                  + " of "
                  + late.size()
                  + " late writes applied",
              late.stream().noneMatch(round -> round.lostPlain() || round.lostFenced())));
    }
  }

  private void redlock(List<Claim> claims) {
    List<Round> late = late(LockKind.REDLOCK);
    if (!late.isEmpty()) {
      claims.add(
          new Claim(
              "Redlock's majority does not help: it has no token that could be checked",
              count(late, Round::lostFenced) + " of " + late.size() + " newer prices lost",
              late.stream().allMatch(Round::lostFenced)));
    }
  }

  private void file(List<Claim> claims) {
    List<Round> late = late(LockKind.FILE);
    if (!late.isEmpty()) {
      claims.add(
          new Claim(
              "a file lock does not expire: no second holder, and all wait for as long as the pause",
              count(late, Round::overlaps) + " of " + late.size() + " times there were two holders",
              late.stream()
                  .allMatch(
                      round ->
                          !round.overlaps()
                              && round.passedOnMillis() != null
                              && round.passedOnMillis() >= round.heldMillis())));
    }
  }

  private void kills(List<Claim> claims) {
    List<Double> withProcess = afterKill(LockKind::endsWithItsProcess);
    List<Double> withLease = afterKill(kind -> !kind.endsWithItsProcess());
    if (!withProcess.isEmpty() && !withLease.isEmpty()) {
      double slowest = withProcess.get(withProcess.size() - 1);
      double fastest = withLease.get(0);
      claims.add(
          new Claim(
              "a killed holder's lock passes on sooner if it ends with its process or connection"
                  + " than with a lease",
              String.format(
                  Locale.ROOT,
                  "at most %s ms against at least %s ms",
                  Figures.rounded(slowest),
                  Figures.rounded(fastest)),
              slowest < fastest));
    }
  }

  private List<Double> afterKill(Predicate<LockKind> which) {
    return settings.kinds().stream()
        .filter(which)
        .flatMap(kind -> Stream.ofNullable(passedOn(kind, Fault.KILL)))
        .sorted()
        .toList();
  }

  static long count(List<Round> rounds, Predicate<Round> which) {
    return rounds.stream().filter(which).count();
  }
}
