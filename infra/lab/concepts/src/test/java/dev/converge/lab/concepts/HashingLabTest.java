package dev.converge.lab.concepts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.concepts.HashingFigures.Owners;
import dev.converge.lab.concepts.HashingFigures.Scheme;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Machine;
import dev.converge.lab.report.Report;
import dev.converge.testkit.Seed;
import dev.converge.testkit.Xml;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: the page's claims hold with any seed, and can be missed. Method: a short run. */
class HashingLabTest {
  private static final Machine MACHINE = new Machine(2, 20_000, "Linux amd64", "17");

  @Test
  void shortRunShowsEveryClaimWithAnySeed() {
    Seed.forEach(
        2, seed -> assertThat(run(seed).claims()).as("claims").hasSize(6).allMatch(Claim::met));
  }

  @Test
  void pageIsWellFormedAndShowsTheFiguresOfItsRun() throws Exception {
    HashingFigures figures = run(3);
    Report report = HashingPage.of(figures);

    assertThat(Xml.texts(Xml.parse(report.html()), "figcaption")).hasSize(4);
    assertThat(report.html())
        .contains("Seed 3")
        .contains(
            HashingFigures.percent(
                figures.of(Scheme.VERTX_RING, HashingFigures.MANY_VIRTUAL_NODES).largest()));
    assertThat(report.json()).contains("\"claims\"").contains("\"movedBetweenOld\"");
    assertThat(report.text()).doesNotContain("MISSED");
  }

  @Test
  void unevenRingMissesItsClaim() {
    HashingFigures figures = run(4);
    List<Owners> schemes = new ArrayList<>(figures.schemes());
    schemes.replaceAll(
        owners ->
            owners.scheme() == Scheme.SOUND_RING
                ? new Owners(
                    owners.scheme(),
                    owners.virtualNodes(),
                    List.of(0.5, 0.3, 0.2),
                    owners.sharesAfter(),
                    owners.moved(),
                    owners.movedBetweenOld())
                : owners);
    List<Claim> claims =
        new HashingFigures(figures.seed(), figures.keys(), MACHINE, figures.hashes(), schemes)
            .claims();

    assertThat(claims).filteredOn(claim -> !claim.met()).hasSize(2);
    assertThat(Claim.exitCode(claims)).isEqualTo(1);
    assertThat(Claim.text(claims)).contains("MISSED  the sound ring");
  }

  private static HashingFigures run(long seed) {
    return HashingFigures.of(seed, 20_000, MACHINE, progress -> {});
  }
}
