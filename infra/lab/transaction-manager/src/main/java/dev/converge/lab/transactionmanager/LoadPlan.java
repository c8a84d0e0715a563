package dev.converge.lab.transactionmanager;

import dev.converge.lab.schedule.FaultKind;
import dev.converge.lab.schedule.FaultPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The times of the faults under load: those of {@code lab protocols} for the same seed, then the
 * faults that only a transaction manager has. Pure: the same seed gives the same plan.
 *
 * @param scheduleMillis of the part that has the faults of {@code lab protocols}
 * @param lengthMillis of the load
 * @param limits faults of the schedule that a transaction manager cannot have, or not completely
 */
public record LoadPlan(
    long seed, long scheduleMillis, long lengthMillis, List<Planned> faults, List<Limit> limits) {
  public LoadPlan {
    faults = List.copyOf(faults);
    limits = List.copyOf(limits);
  }

  /**
   * A fault.
   *
   * @param fault its name
   * @param atMillis since the load began
   */
  public record Planned(LoadFault fault, long atMillis, long holdMillis) {
    long endMillis() {
      return atMillis + holdMillis;
    }
  }

  /**
   * A fault of the schedule that is not the same here.
   *
   * @param isInjected whether the rest of it is injected
   */
  public record Limit(FaultKind fault, boolean isInjected, String reason) {}

  /**
   * All faults, in their order.
   *
   * @param restart the time that a killed service needs there, for which pauses are made
   */
  static LoadPlan of(long seed, Duration restart) {
    FaultPlan shared =
        FaultPlan.of(seed, FaultPlan.USUAL, List.of(FaultKind.values())).allowing(restart);
    List<Planned> faults = new ArrayList<>();
    List<Limit> limits = new ArrayList<>();
    for (FaultPlan.Planned planned : shared.faults()) {
      FaultKind kind = planned.kind();
      LoadFault.of(kind)
          .ifPresent(
              fault -> faults.add(new Planned(fault, planned.atMillis(), planned.holdMillis())));
      if (!LoadFault.limit(kind).isEmpty()) {
        limits.add(new Limit(kind, LoadFault.of(kind).isPresent(), LoadFault.limit(kind)));
      }
    }
    long at = shared.lengthMillis();
    for (LoadFault fault : LoadFault.own()) {
      faults.add(new Planned(fault, at, fault.holdSeconds() * 1_000L));
      at += (fault.holdSeconds() + fault.restSeconds()) * 1_000L;
    }
    return new LoadPlan(seed, shared.lengthMillis(), at, faults, limits);
  }
}
