package dev.converge.lab.concepts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.concepts.LocksFigures.Acquired;
import dev.converge.lab.concepts.LocksFigures.Fault;
import dev.converge.lab.concepts.LocksFigures.Round;
import dev.converge.lab.concepts.LocksFigures.Settings;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Machine;
import dev.converge.lab.report.Report;
import dev.converge.testkit.Xml;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: the page's claims follow from its figures. Method: constructed rounds. */
class LocksFiguresTest {
  private static final long LEASE = 2_000;

  @Test
  void roundsThatShowTheEffectMeetEveryClaim() throws Exception {
    LocksFigures figures = figures(expected());
    Report report = LocksPage.of(figures);

    assertThat(figures.claims()).hasSize(7).allMatch(Claim::met);
    assertThat(Xml.texts(Xml.parse(report.html()), "figcaption")).hasSize(4);
    assertThat(report.html()).contains("Hazelcast").contains("refused by its token");
    assertThat(report.text()).doesNotContain("MISSED");
  }

  @Test
  void lateWriteThatPassesItsCheckMissesTheClaim() {
    assertMissed(LockKind.REDIS, "a late write is refused wherever its token is checked", 1, true);
  }

  @Test
  void roundWithoutASecondHolderMissesTheClaim() {
    List<Round> rounds = new ArrayList<>(expected());
    rounds.replaceAll(
        round ->
            round.kind() == LockKind.ZOOKEEPER && round.fault() == Fault.PAUSE
                ? new Round(round.kind(), round.fault(), 5_000, 5_001.0, 0, "", false, false)
                : round);

    assertThat(figures(rounds).claims())
        .filteredOn(claim -> !claim.met())
        .extracting(Claim::found)
        .containsExactly("11 of 12 times there were two holders");
  }

  @Test
  void writeInALostSessionMissesTheClaim() {
    assertMissed(
        LockKind.ADVISORY_SESSION,
        "a write in the session that holds the lock needs no token: it fails with its session",
        1,
        true);
  }

  private static void assertMissed(LockKind kind, String says, int times, boolean fenced) {
    List<Round> rounds = new ArrayList<>(expected());
    rounds.replaceAll(
        round ->
            round.kind() == kind && round.fault() == Fault.CUT
                ? new Round(kind, Fault.CUT, 5_000, 2_000.0, 3_000, "written 10 10", true, fenced)
                : round);
    assertThat(figures(rounds).claims())
        .filteredOn(claim -> !claim.met())
        .hasSize(times)
        .extracting(Claim::says)
        .containsExactly(says);
  }

  private static LocksFigures figures(List<Round> rounds) {
    List<LockKind> kinds = List.of(LockKind.values());
    return new LocksFigures(
        new Settings(1, LEASE, 1, kinds),
        new Machine(2, 20_000, "Linux amd64", "17"),
        kinds.stream().map(kind -> new Acquired(kind, 1, 2)).toList(),
        rounds);
  }

  private static List<Round> expected() {
    List<Round> rounds = new ArrayList<>();
    for (LockKind kind : LockKind.values()) {
      double afterKill = kind.endsWithItsProcess() ? 20 : LEASE;
      rounds.add(new Round(kind, Fault.KILL, 0, afterKill, 0, "", false, false));
      for (Fault fault : List.of(Fault.PAUSE, Fault.CUT)) {
        if (kind != LockKind.FILE) {
          rounds.add(late(kind, fault));
        } else if (fault == Fault.PAUSE) {
          rounds.add(new Round(kind, fault, 5_000, 5_010.0, 0, "", false, false));
        }
      }
    }
    return rounds;
  }

  private static Round late(LockKind kind, Fault fault) {
    boolean fails = kind == LockKind.ADVISORY_SESSION;
    boolean passes = kind == LockKind.REDLOCK;
    return new Round(
        kind,
        fault,
        5_000,
        2_000.0,
        3_000,
        fails ? "failed FATAL" : passes ? "written 10 10" : "written 10 0",
        !fails,
        passes);
  }
}
