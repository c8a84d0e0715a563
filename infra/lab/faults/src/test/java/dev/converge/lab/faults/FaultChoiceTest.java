package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.lab.history.ConcurrentBurst;
import dev.converge.platform.Part;
import dev.converge.platform.PlatformException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: a run never skips a fault silently. Method: choices among constructed faults. */
class FaultChoiceTest {
  private static final Fault KILL = fault("kill", Part.KAFKA, null, null);
  private static final Fault CUT = fault("power-cut", Part.ORDER_DB, Part.ORDER_DB, null);
  private static final Fault FULL = fault("disk-full", Part.PAYMENT_DB, Part.PAYMENT_DB, null);
  private static final Fault AHEAD =
      fault("clock-ahead", Part.ORDER_SERVICE, null, Part.ORDER_SERVICE);
  private static final List<Fault> ALL = List.of(KILL, CUT, FULL);

  @Test
  void diskFaultsAreScheduledIfADiskCanBeMounted() {
    FaultChoice choice = FaultChoice.of(settings(6), ALL, null);
    assertThat(choice.notPossible()).isEmpty();
    assertThat(choice.schedule())
        .extracting(planned -> planned.spec().id())
        .containsOnly("kill:kafka", "power-cut:order-db", "disk-full:payment-db");
    assertThat(choice.disks()).containsExactlyInAnyOrder(Part.ORDER_DB, Part.PAYMENT_DB);
  }

  @Test
  void onlyPartsWithADiskFaultGetADisk() {
    assertThat(FaultChoice.of(settings(3, "kill", "power-cut"), ALL, null).disks())
        .containsExactly(Part.ORDER_DB);
    assertThat(FaultChoice.of(settings(3, "kill"), ALL, null).disks()).isEmpty();
    assertThat(FaultChoice.of(settings(0), ALL, null).disks()).isEmpty();
  }

  @Test
  void onlyServicesWithAClockFaultUseTheLabsClock() {
    List<Fault> all = List.of(KILL, AHEAD);
    assertThat(FaultChoice.of(settings(2), all, null).clocks()).containsExactly(Part.ORDER_SERVICE);
    assertThat(FaultChoice.of(settings(2, "kill"), all, null).clocks()).isEmpty();
  }

  @Test
  void impossibleFaultsAreReportedAndNotScheduled() {
    FaultChoice choice = FaultChoice.of(settings(6), ALL, "no mount");
    assertThat(choice.notPossible())
        .containsExactly("disk-full:payment-db: no mount", "power-cut:order-db: no mount");
    assertThat(choice.schedule())
        .hasSize(6)
        .extracting(planned -> planned.spec().id())
        .containsOnly("kill:kafka");
    assertThat(choice.disks()).isEmpty();
    assertThat(FaultChoice.of(settings(6, "kill"), ALL, "no mount").notPossible()).isEmpty();
  }

  @Test
  void runOfImpossibleFaultsIsRefused() {
    assertThatThrownBy(() -> FaultChoice.of(settings(1, "disk-full"), ALL, "no mount"))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("disk-full:payment-db: no mount");
  }

  @Test
  void unknownNameIsRefused() {
    assertThatThrownBy(() -> FaultChoice.of(settings(2, "kill", "lnik-cut"), ALL, null))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("is called lnik-cut (faults: [disk-full, kill, power-cut])");
    assertThat(FaultChoice.of(settings(1, "kill:kafka"), ALL, null).faults())
        .containsOnlyKeys("kill:kafka");
    assertThat(FaultChoice.of(settings(1, "kafka"), ALL, null).faults())
        .containsOnlyKeys("kill:kafka");
  }

  @Test
  void machineIsProbedOnlyIfAFaultNeedsADisk() {
    assertThat(FaultChoice.needsDisks(settings(1), ALL)).isTrue();
    assertThat(FaultChoice.needsDisks(settings(1, "kill"), ALL)).isFalse();
    assertThat(FaultChoice.needsDisks(settings(0), ALL)).isFalse();
  }

  private static Campaign.Settings settings(int faults, String... only) {
    return new Campaign.Settings(
        7, Duration.ofSeconds(60), faults, List.of(only), 20, ConcurrentBurst.SMALL);
  }

  private static Fault fault(String name, Part part, @Nullable Part disk, @Nullable Part clockOf) {
    return new Fault() {
      @Override
      public FaultSpec spec() {
        return new FaultSpec(name, part.id(), "kill", 0, 1, 10);
      }

      @Override
      public @Nullable Part disk() {
        return disk;
      }

      @Override
      public @Nullable Part clockOf() {
        return clockOf;
      }

      @Override
      public void inject() {}

      @Override
      public void heal() {}
    };
  }
}
