package dev.converge.lab.failover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.failover.FailoverFigures.Failover;
import dev.converge.lab.failover.FailoverFigures.Mode;
import dev.converge.lab.failover.FailoverFigures.Outcome;
import dev.converge.lab.failover.FailoverFigures.Settings;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Machine;
import dev.converge.lab.report.Report;
import dev.converge.testkit.Xml;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: the page's claims follow from its figures. Method: constructed losses. */
class FailoverFiguresTest {
  private static final Outcome NOTHING_BROKEN = synchronous(0, 0, 0, true, 0);
  private static final Outcome CONTROL =
      new Outcome(List.of(Mode.ASYNCHRONOUS), 300, 5, 8, 0, 5, 3, false, 20);

  @Test
  void lossesThatShowTheEffectMeetEveryClaim() throws Exception {
    FailoverFigures figures = figures(NOTHING_BROKEN, CONTROL);
    Report report = FailoverPage.of(figures);

    assertThat(figures.claims()).hasSize(7).allMatch(Claim::met);
    assertThat(Xml.texts(Xml.parse(report.html()), "figcaption")).hasSize(3);
    assertThat(report.html()).contains("synchronous_standby_names");
    assertThat(report.text()).contains("8 lost in 1 losses").doesNotContain("MISSED");
    assertThat(report.json()).contains("\"paidWithoutOrder\"").contains("\"claims\"");
  }

  @Test
  void lostOrDoubledOrdersUnknownMessagesAndViolationsMissTheirClaims() {
    assertMissed(synchronous(1, 0, 0, true, 0), "no acknowledged order is lost");
    assertMissed(synchronous(0, 1, 0, true, 0), "no order is doubled");
    assertMissed(synchronous(0, 0, 1, true, 0), "nothing is in Kafka");
    assertMissed(synchronous(0, 0, 0, false, 0), "afterwards all work ends");
    assertMissed(synchronous(0, 0, 0, true, 1), "afterwards all work ends");
  }

  private static void assertMissed(Outcome outcome, String says) {
    assertThat(figures(outcome, CONTROL).claims())
        .filteredOn(claim -> !claim.met())
        .singleElement()
        .satisfies(claim -> assertThat(claim.says()).contains(says));
  }

  @Test
  void controlThatLosesNothingMissesTheClaim() {
    Outcome lucky = new Outcome(List.of(Mode.ASYNCHRONOUS), 300, 5, 0, 0, 0, 0, true, 0);

    assertThat(figures(NOTHING_BROKEN, lucky).claims())
        .filteredOn(claim -> !claim.met())
        .singleElement()
        .satisfies(claim -> assertThat(claim.says()).contains("the control"));
  }

  @Test
  void answerThatCameBeforeTheStandbyCouldConfirmMissesTheClaim() {
    FailoverFigures impossible =
        new FailoverFigures(
            new Settings(1, 1, 1, 1, 100),
            new Machine(2, 20_000, "Linux amd64", "17"),
            List.of(
                new Failover(Mode.SYNCHRONOUS, 1, 3_500, 150.0, "order-db-2"),
                new Failover(Mode.ASYNCHRONOUS, 1, 5_000, 15.0, "order-db")),
            List.of(NOTHING_BROKEN, CONTROL));

    assertThat(impossible.claims())
        .filteredOn(claim -> !claim.met())
        .singleElement()
        .satisfies(claim -> assertThat(claim.says()).contains("the price"));
  }

  @Test
  void runWithoutAnAsynchronousStandbyHasNoControl() {
    FailoverFigures figures =
        new FailoverFigures(
            new Settings(1, 0, 1, 0, 100),
            new Machine(2, 20_000, "Linux amd64", "17"),
            List.of(new Failover(Mode.SYNCHRONOUS, 1, 3_500, 250.0, "order-db-2")),
            List.of(NOTHING_BROKEN));

    assertThat(figures.claims()).hasSize(5).allMatch(Claim::met);
  }

  @Test
  void longestGapIsBetweenTwoOrdersOrAnOrderAndAnEnd() {
    assertThat(ContinuousOrders.longestGap(List.of(70L, 20L, 30L, 5L), 10, 90)).hasNanos(40);
    assertThat(ContinuousOrders.longestGap(List.of(20L, 30L), 10, 90)).hasNanos(60);
    assertThat(ContinuousOrders.longestGap(List.of(), 10, 90)).hasNanos(80);
  }

  private static FailoverFigures figures(Outcome synchronous, Outcome asynchronous) {
    return new FailoverFigures(
        new Settings(1, 1, 1, 1, 100),
        new Machine(2, 20_000, "Linux amd64", "17"),
        List.of(
            new Failover(Mode.PLANNED, 1, 2_000, 240.0, "order-db-2"),
            new Failover(Mode.SYNCHRONOUS, 1, 3_500, 250.0, "order-db"),
            new Failover(Mode.ASYNCHRONOUS, 1, 5_000, 15.0, "order-db-2")),
        List.of(synchronous, asynchronous));
  }

  private static Outcome synchronous(
      long lost, long doubled, long unknown, boolean quiescent, long violations) {
    return new Outcome(
        List.of(Mode.PLANNED, Mode.SYNCHRONOUS),
        500,
        20,
        lost,
        doubled,
        unknown,
        0,
        quiescent,
        violations);
  }
}
