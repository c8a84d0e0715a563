package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.converge.lab.checker.InvariantResult;
import dev.converge.lab.history.ConcurrentBurst;
import dev.converge.platform.Layout;
import dev.converge.platform.Scale;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a campaign that passes has been seen to fail. Method: builds and settings with one mistake
 * each run a short campaign, under the faults that the mistake shows under; the verdict must be
 * red, and name an invariant that the mistake is about. Two of them run with every build; {@code
 * -Dconverge.sensitivity=all} runs all, and the controls; names run those.
 */
class BrokenBuildsIT {
  private static final String WHICH = "converge.sensitivity";
  private static final List<String> QUICK =
      List.of("provider-without-key", "outbox-after-the-commit");
  private static final Duration LOAD = Duration.ofSeconds(20);
  private static final Duration CAUGHT_WITHIN = Duration.ofMinutes(5);
  private static final double ORDERS_PER_SECOND = 20;
  private static final long SEED = 7;

  static Stream<BrokenBuild> builds() {
    String which = System.getProperty(WHICH, String.join(",", QUICK));
    List<String> names = List.of(which.split(",", -1));
    return BrokenBuilds.all().stream()
        .filter(build -> names.contains("all") || names.contains(build.name()));
  }

  // Each fails where the words that it breaks are no longer in the source, or do not compile.
  @Test
  void everyMistakeIsStillOneOfTheSource(@TempDir Path folder) throws IOException {
    for (BrokenBuild build : BrokenBuilds.all()) {
      PlatformVariant variant = build.variant(root(), folder.resolve(build.name()));
      assertThat(variant.inFront().keySet())
          .isEqualTo(build.part() == null ? Set.of() : Set.of(build.part()));
    }
  }

  @Tag("campaign")
  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("builds")
  void brokenBuildIsCaught(BrokenBuild build) throws Exception {
    if (build.faults().contains(BrokenBuilds.POWER_CUT)) {
      assumePowerCanBeCut();
    }
    long begin = System.nanoTime();
    CampaignReport report = run(build, build.faults(), LOAD);
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    Set<String> violated =
        report.verdict().results().stream()
            .filter(result -> !result.passes())
            .map(InvariantResult::invariant)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    String verdict = CampaignText.of(report);
    System.out.printf(
        Locale.ROOT,
        "BrokenBuildsIT: %s: %s; expected one of %s; %d s to the verdict%n%s%n",
        build.name(),
        violated,
        build.caughtBy(),
        took.toSeconds(),
        verdict);
    assertThat(report.exitCode()).as(verdict).isEqualTo(1);
    assertThat(report.verdict().results()).as(verdict).anyMatch(build::isCaughtBy);
    assertThat(report.injected()).as(verdict).isEqualTo(build.faults().size());
    assertThat(took).isLessThan(CAUGHT_WITHIN);
  }

  @Tag("campaign")
  @Test
  @EnabledIfSystemProperty(named = WHICH, matches = "(.*,)?(all|controls)(,.*)?")
  void unchangedBuildPassesUnderTheirFaultsInTheirTime() throws Exception {
    List<String> faults = faults(fault -> !losesASlot(fault));
    BrokenBuild none = BrokenBuild.of("control", null);
    assertPasses(run(none, faults, LOAD.multipliedBy(faults.size()).dividedBy(2)), faults);
  }

  // The reconcilers need longer to publish the lost messages again than a broken build is given.
  @Tag("campaign")
  @Test
  @EnabledIfSystemProperty(named = WHICH, matches = "(.*,)?(all|controls)(,.*)?")
  void unchangedBuildPassesIfASlotIsLost() throws Exception {
    List<String> faults = faults(BrokenBuildsIT::losesASlot);
    BrokenBuild none = BrokenBuild.of("control-slot", null).quiescentWithin(Duration.ofMinutes(3));
    assertPasses(run(none, faults, LOAD.multipliedBy(faults.size())), faults);
  }

  private static boolean losesASlot(String fault) {
    return fault.contains("slot-");
  }

  /** Those of all builds; but the power cut, which needs a disk and has a control of its own. */
  private static List<String> faults(Predicate<String> wanted) {
    return BrokenBuilds.all().stream()
        .flatMap(build -> build.faults().stream())
        .filter(fault -> !fault.equals(BrokenBuilds.POWER_CUT))
        .filter(wanted)
        .distinct()
        .toList();
  }

  @Tag("campaign")
  @Test
  @EnabledIfSystemProperty(named = WHICH, matches = "(.*,)?(all|controls)(,.*)?")
  void twoConsumersThatLockPass() throws Exception {
    BrokenBuild two = BrokenBuilds.TWO_CONSUMERS.quiescentWithin(Duration.ofMinutes(3));
    assertPasses(run(two, two.faults(), LOAD), two.faults());
  }

  @Tag("campaign")
  @Test
  @EnabledIfSystemProperty(named = WHICH, matches = "(.*,)?(all|controls)(,.*)?")
  void powerCutLosesNothingThatWasFlushed() throws Exception {
    assumePowerCanBeCut();
    BrokenBuild flushed =
        BrokenBuild.of("power-cut", null)
            .under(BrokenBuilds.POWER_CUT)
            .quiescentWithin(Duration.ofMinutes(3));
    assertPasses(run(flushed, flushed.faults(), LOAD), flushed.faults());
  }

  private static void assumePowerCanBeCut() {
    String whyNot = Disks.whyNotHere();
    if (whyNot != null) {
      System.out.println("BrokenBuildsIT: no power can be cut here: " + whyNot);
    }
    assumeThat(whyNot).as("reason why the power cut is impossible").isNull();
  }

  private static void assertPasses(CampaignReport report, List<String> faults) {
    String verdict = CampaignText.of(report);
    System.out.println(verdict);
    assertThat(faults).as("faults of the control").isNotEmpty();
    assertThat(report.injected()).as(verdict).isEqualTo(faults.size());
    assertThat(report.exitCode()).as(verdict).isZero();
  }

  private static CampaignReport run(BrokenBuild build, List<String> faults, Duration load)
      throws Exception {
    Path root = root();
    Path states = Files.createDirectories(root.resolve("target/test-platforms"));
    Layout layout =
        new Layout(root, Files.createTempDirectory(states, "broken-" + build.name() + "-"));
    Campaign.Settings settings =
        new Campaign.Settings(
            SEED,
            load,
            faults.size(),
            faults,
            ORDERS_PER_SECOND,
            ConcurrentBurst.SMALL,
            new Campaign.Timeouts(Duration.ofSeconds(10), build.quiescentWithin()),
            Scale.SMALLEST);
    PlatformVariant variant = build.variant(root, layout.state().resolve("broken"));
    CampaignReport report = new Campaign(settings, layout, variant, System.out::println).run();
    Faults.verdict(report).write(layout.state());
    return report;
  }

  private static Path root() {
    return Path.of(System.getProperty("converge.root", "..")).toAbsolutePath().normalize();
  }
}
