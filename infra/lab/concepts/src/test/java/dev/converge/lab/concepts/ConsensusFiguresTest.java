package dev.converge.lab.concepts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.concepts.ConsensusFigures.Bin;
import dev.converge.lab.concepts.ConsensusFigures.Fault;
import dev.converge.lab.concepts.ConsensusFigures.Producer;
import dev.converge.lab.concepts.ConsensusFigures.Round;
import dev.converge.lab.concepts.ConsensusFigures.Victim;
import dev.converge.lab.concepts.LeaderViews.Seen;
import dev.converge.lab.concepts.ProducedNumbers.Sent;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Machine;
import dev.converge.lab.report.Report;
import dev.converge.testkit.Xml;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: the page's claims follow from its figures, and the figures from what producers and nodes
 * said. Method: constructed answers and rounds.
 */
class ConsensusFiguresTest {
  @Test
  void numberIsLostIfItWasAcknowledgedAndIsNotInTheLog() {
    ProducedNumbers numbers =
        new ProducedNumbers(
            List.of(
                new Sent(1, -400.0),
                new Sent(2, 100.0),
                new Sent(3, 1_200.0),
                new Sent(4, null),
                new Sent(5, null),
                new Sent(6, 1_300.0)),
            Map.of(1L, 1, 4L, 1, 6L, 2));

    Producer figures = numbers.figures(1_500);

    assertThat(figures.sent()).isEqualTo(6);
    assertThat(figures.acknowledged()).isEqualTo(4);
    assertThat(figures.lost()).isEqualTo(2);
    assertThat(figures.duplicated()).isEqualTo(1);
    assertThat(figures.unacknowledged()).isEqualTo(1);
    assertThat(figures.gapMillis()).isEqualTo(1_100);
    assertThat(figures.lostUntilMillis()).isEqualTo(1_200.0);
    assertThat(figures.bins())
        .containsExactly(
            new Bin(-0.5, 1, 0), new Bin(0, 0, 1), new Bin(0.5, 0, 0), new Bin(1, 1, 1));
  }

  @Test
  void producerThatIsNeverAnsweredAgainHasItsGapUntilTheEnd() {
    ProducedNumbers numbers =
        new ProducedNumbers(List.of(new Sent(1, 50.0), new Sent(2, null)), Map.of(1L, 1));

    assertThat(numbers.figures(9_000).gapMillis()).isEqualTo(8_950);
    assertThat(numbers.figures(9_000).lostUntilMillis()).isNull();
  }

  @Test
  void successorIsElectedWhenAnotherNodeNamesIt() {
    List<Seen> seen =
        List.of(
            new Seen(-50, 2, 3),
            new Seen(100, 1, 1),
            new Seen(200, 2, 1),
            new Seen(250, 3, -1),
            new Seen(400, 3, 2),
            new Seen(500, 2, 2));

    assertThat(new LeaderViews(1, seen).electedMillis()).isEqualTo(400);
    assertThat(new LeaderViews(1, seen.subList(0, 4)).electedMillis()).isNull();
  }

  @Test
  void twoLeadAsLongAsTheFormerOneClaimsItAndNotWhileItIsSilent() {
    List<Seen> seen =
        List.of(
            new Seen(100, 1, 1),
            new Seen(300, 1, 1),
            new Seen(400, 2, 2),
            new Seen(500, 1, 1),
            new Seen(700, 1, 1),
            new Seen(9_000, 1, 1),
            new Seen(9_100, 1, 1),
            new Seen(9_200, 1, 2));

    assertThat(new LeaderViews(1, seen).twoLeadersMillis()).isEqualTo(100 + 200 + 100);
  }

  @Test
  void roundsThatShowTheEffectMeetEveryClaim() throws Exception {
    ConsensusFigures figures = figures(expected());
    Report report = ConsensusPage.of(figures);

    assertThat(figures.claims()).hasSize(7).allMatch(Claim::met);
    assertThat(Xml.texts(Xml.parse(report.html()), "figcaption")).hasSize(6);
    assertThat(report.html()).contains("min.insync.replicas=2");
    assertThat(report.text()).doesNotContain("MISSED");
    assertThat(report.json()).contains("\"twoLeadersMillis\"").contains("\"claims\"");
  }

  @Test
  void acknowledgedRecordThatIsLostWithAllCopiesMissesTheClaim() {
    assertMissed(
        Fault.PAUSE,
        new Round(Victim.LEADER, Fault.PAUSE, 12_000, 9_500.0, 0, all(1, 9_900), one(3, 100.0)),
        "with acks=all and min.insync.replicas=2 no acknowledged record is lost");
  }

  @Test
  void controlThatLosesNothingMissesTheClaim() {
    assertMissed(
        Fault.KILL,
        new Round(Victim.LEADER, Fault.KILL, 12_000, 9_500.0, 0, all(0, 9_900), one(0, null)),
        "with acks=1, the control, each loss of a leader loses acknowledged records");
  }

  @Test
  void leaderThatStopsBeforeItsSuccessorIsElectedMissesTheClaim() {
    assertMissed(
        Fault.CUT,
        new Round(Victim.LEADER, Fault.CUT, 12_000, 9_500.0, 0, all(0, 9_900), one(900, 9_000.0)),
        "a leader that is cut off acknowledges with acks=1 after its successor was elected");
  }

  @Test
  void partitionWithoutASuccessorMissesTheClaim() {
    assertMissed(
        Fault.PAUSE,
        new Round(Victim.LEADER, Fault.PAUSE, 12_000, null, 0, all(0, 60_000), one(3, 100.0)),
        "two of three nodes elect a successor in every round");
  }

  private static void assertMissed(Fault fault, Round instead, String says) {
    List<Round> rounds = new ArrayList<>(expected());
    rounds.replaceAll(
        round -> round.victim() == Victim.LEADER && round.fault() == fault ? instead : round);
    assertThat(figures(rounds).claims())
        .filteredOn(claim -> !claim.met())
        .extracting(Claim::says)
        .containsExactly(says);
  }

  private static ConsensusFigures figures(List<Round> rounds) {
    return new ConsensusFigures(
        ConsensusLab.settings(1, 250, 1), new Machine(2, 20_000, "Linux amd64", "17"), rounds);
  }

  private static List<Round> expected() {
    List<Round> rounds = new ArrayList<>();
    for (Fault fault : Fault.values()) {
      Producer one = fault == Fault.CUT ? one(1_200, 12_000.0) : one(30, -20.0);
      double both = fault == Fault.CUT ? 3_000 : 0;
      rounds.add(new Round(Victim.LEADER, fault, 12_500, 9_200.0, both, all(0, 9_900), one));
      rounds.add(
          new Round(Victim.CONTROLLER, fault, 14_000, 2_800.0, 0, all(0, 11_000), one(0, null)));
    }
    return rounds;
  }

  private static Producer all(long lost, double gapMillis) {
    return new Producer(
        2_000,
        2_000,
        lost,
        0,
        0,
        gapMillis,
        lost == 0 ? null : 10.0,
        List.of(new Bin(0, 50, lost)));
  }

  private static Producer one(long lost, @Nullable Double lostUntil) {
    return new Producer(2_000, 2_000, lost, 0, 0, 300, lostUntil, List.of(new Bin(0, 50, lost)));
  }
}
