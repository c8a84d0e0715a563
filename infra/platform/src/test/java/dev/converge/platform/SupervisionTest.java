package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.platform.Sight.Link;
import dev.converge.platform.Sight.Primary;
import dev.converge.platform.Sight.Standby;
import dev.converge.platform.Supervision.Step;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SupervisionTest {
  private static final DatabaseNodes TWO = DatabaseNodes.first(List.of("a", "b"));
  private static final DatabaseNodes THREE = DatabaseNodes.first(List.of("a", "b", "c"));

  @Test
  void commitsWaitForAStandbyThatIsCurrent() {
    assertThat(Supervision.next(TWO, answers(Set.of(), Map.of("b", current(false)))))
        .isEqualTo(new Step.WaitFor(Set.of("b")));
  }

  @Test
  void standbyThatCatchesUpIsNotWaitedForYet() {
    assertThat(Supervision.next(TWO, answers(Set.of(), Map.of("b", linked(Link.CATCHING_UP)))))
        .isEqualTo(new Step.Done());
  }

  @Test
  void standbyMayBePromotedOnlyOnceItHasWhatWasCommittedBeforeCommitsWaitedForIt() {
    assertThat(Supervision.next(TWO, answers(Set.of("b"), Map.of("b", current(false)))))
        .isEqualTo(new Step.Done());
    assertThat(Supervision.next(TWO, answers(Set.of("b"), Map.of("b", current(true)))))
        .isEqualTo(new Step.Store(TWO.withConfirming(Set.of("b"))));
  }

  @Test
  void shortInterruptionChangesNothing() {
    assertThat(
            Supervision.next(
                confirmedByB(), answers(Set.of("b"), Map.of("b", linked(Link.INTERRUPTED)))))
        .isEqualTo(new Step.Done());
  }

  @Test
  void lostStandbyMayNotBePromotedBeforeCommitsStopWaitingForIt() {
    Sight lost = answers(Set.of("b"), Map.of("b", linked(Link.LOST)));
    DatabaseNodes unconfirmed = TWO.withConfirming(Set.of());

    assertThat(Supervision.next(confirmedByB(), lost)).isEqualTo(new Step.Store(unconfirmed));
    assertThat(Supervision.next(unconfirmed, lost)).isEqualTo(new Step.WaitFor(Set.of()));
  }

  @Test
  void standbyIsAmongThoseThatAreAskedBeforeItMayConfirmACommit() {
    DatabaseNodes byB = THREE.withConfirming(Set.of("b"));
    Map<String, Standby> both = Map.of("b", current(true), "c", current(false));
    DatabaseNodes byBoth = THREE.withConfirming(Set.of("b", "c"));

    assertThat(Supervision.next(byB, answers(Set.of("b"), both))).isEqualTo(new Step.Store(byBoth));
    assertThat(Supervision.next(byBoth, answers(Set.of("b"), both)))
        .isEqualTo(new Step.WaitFor(Set.of("b", "c")));
  }

  @Test
  void standbyThatHasLeftIsAskedUntilAnotherHasItsCommits() {
    DatabaseNodes byBoth = THREE.withConfirming(Set.of("b", "c"));
    Standby lost = linked(Link.LOST);

    assertThat(
            Supervision.next(byBoth, answers(Set.of("b"), Map.of("b", current(false), "c", lost))))
        .isEqualTo(new Step.Done());
    assertThat(
            Supervision.next(byBoth, answers(Set.of("b"), Map.of("b", current(true), "c", lost))))
        .isEqualTo(new Step.Store(THREE.withConfirming(Set.of("b"))));
  }

  @Test
  void unresponsivePrimaryIsFencedBeforeAnythingElse() {
    Map<String, Standby> standby = Map.of("b", answering(7, true));

    assertThat(Supervision.next(confirmedByB(), sight(Primary.SILENT, standby)))
        .isEqualTo(new Step.Done());
    assertThat(Supervision.next(confirmedByB(), sight(Primary.UNRESPONSIVE, standby)))
        .isEqualTo(new Step.Fence("a"));
    assertThat(Supervision.next(confirmedByB(), sight(Primary.ENDED, standby)))
        .isEqualTo(new Step.Store(confirmedByB().promoting("b")));
  }

  @Test
  void promotionGoesOnWhereAnEarlierSupervisorLeftIt() {
    DatabaseNodes promoting = confirmedByB().promoting("b");
    DatabaseNodes opening = promoting.opening();

    assertThat(Supervision.next(promoting, sight(Primary.SILENT, Map.of("b", answering(7, true)))))
        .isEqualTo(new Step.Fence("a"));
    assertThat(Supervision.next(promoting, sight(Primary.ENDED, Map.of("b", answering(7, true)))))
        .isEqualTo(new Step.Promote("b"));
    Standby promoted = new Standby(Link.LOST, false, Optional.of(7L), true, false);
    assertThat(Supervision.next(promoting, sight(Primary.ENDED, Map.of("b", promoted))))
        .isEqualTo(new Step.Store(opening));
    assertThat(opening.primary()).isEqualTo("b");
    assertThat(Supervision.next(opening, sight(Primary.SILENT, Map.of())))
        .isEqualTo(new Step.Open("b"));
    assertThat(Supervision.next(opening, sight(Primary.ANSWERS, Map.of())))
        .isEqualTo(new Step.Store(opening.steady()));
  }

  @Test
  void outdatedStandbyIsNeverPromoted() {
    assertThat(Supervision.next(TWO, sight(Primary.ENDED, Map.of("b", answering(7, true)))))
        .isInstanceOf(Step.Report.class);
  }

  @Test
  void standbyWithMostOfTheLogIsPromotedIfAllSayWhatTheyHave() {
    DatabaseNodes byBoth = THREE.withConfirming(Set.of("b", "c"));

    assertThat(
            Supervision.candidate(
                byBoth,
                sight(Primary.ENDED, Map.of("b", answering(7, true), "c", answering(8, false)))))
        .contains("c");
    assertThat(
            Supervision.candidate(
                byBoth,
                sight(Primary.ENDED, Map.of("b", answering(8, true), "c", answering(8, false)))))
        .contains("b");
    assertThat(Supervision.candidate(byBoth, sight(Primary.ENDED, Map.of("b", answering(7, true)))))
        .isEmpty();
  }

  @Test
  void rolesSurviveTheirText() {
    DatabaseNodes nodes = THREE.withConfirming(Set.of("c", "b")).promoting("c");

    assertThat(DatabaseNodes.parse(nodes.text())).contains(nodes);
    assertThat(DatabaseNodes.parse(TWO.text())).contains(TWO);
  }

  @Test
  void damagedRolesAreNoRoles() {
    for (String damaged :
        List.of(
            "",
            "nodes=a b",
            "nodes=a b\nphase=STEADY\ncandidate=b",
            "nodes=a a\nphase=STEADY\ncandidate=a",
            "nodes=a b\nconfirming=a\nphase=STEADY\ncandidate=a",
            "nodes=a b\nconfirming=c\nphase=STEADY\ncandidate=a",
            "nodes=a b\nphase=OTHER\ncandidate=a")) {
      assertThat(DatabaseNodes.parse(damaged)).as(damaged).isEmpty();
    }
  }

  @Test
  void newPrimaryAndTheFormerOneExchangeTheirPorts() {
    DatabaseNodes opened = THREE.withConfirming(Set.of("c")).promoting("c").opening().steady();

    assertThat(opened.nodes()).containsExactly("c", "b", "a");
    assertThat(opened.confirming()).isEmpty();
  }

  @Test
  void primaryCannotBeRemoved() {
    DatabaseNodes nodes = TWO.withConfirming(Set.of("b")).promoting("b").opening().steady();

    assertThatThrownBy(() -> nodes.resized(List.of("a")))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("failover");
    assertThat(nodes.resized(List.of("a", "b", "c")).nodes()).containsExactly("b", "a", "c");
  }

  private static DatabaseNodes confirmedByB() {
    return TWO.withConfirming(Set.of("b"));
  }

  private static Sight answers(Set<String> names, Map<String, Standby> standbys) {
    return new Sight(Primary.ANSWERS, Optional.of(names), new LinkedHashMap<>(standbys));
  }

  private static Sight sight(Primary primary, Map<String, Standby> standbys) {
    return new Sight(primary, Optional.empty(), standbys);
  }

  private static Standby current(boolean confirmed) {
    return new Standby(Link.CURRENT, confirmed, Optional.of(7L), true, true);
  }

  private static Standby linked(Link link) {
    return new Standby(link, false, Optional.of(7L), true, true);
  }

  private static Standby answering(long received, boolean slot) {
    return new Standby(Link.INTERRUPTED, false, Optional.of(received), slot, true);
  }
}
