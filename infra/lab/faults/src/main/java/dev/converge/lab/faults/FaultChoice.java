package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.PlatformException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The faults of a run: the requested and possible ones, and their schedule. Pure.
 *
 * @param faults by the id of their spec
 * @param notPossible the requested ones that are not possible on this machine, each with the reason
 */
record FaultChoice(
    Map<String, Fault> faults, List<PlannedFault> schedule, List<String> notPossible) {

  /** Whether any of the wanted faults needs a part to have a disk of its own. */
  static boolean needsDisks(Campaign.Settings settings, Collection<Fault> all) {
    return settings.faults() > 0
        && all.stream().anyMatch(fault -> fault.disk() != null && settings.wants(fault.spec()));
  }

  /**
   * Chooses the faults of a run.
   *
   * @param whyNoDisk why no part can have a disk of its own; null if it can
   * @throws PlatformException if a requested name is unknown, or faults are planned and none of the
   *     requested ones is possible
   */
  static FaultChoice of(
      Campaign.Settings settings, Collection<Fault> all, @Nullable String whyNoDisk) {
    requireKnown(settings, all);
    Map<String, Fault> possible = new TreeMap<>();
    Set<String> notPossible = new TreeSet<>();
    for (Fault fault : all) {
      FaultSpec spec = fault.spec();
      if (settings.wants(spec) && whyNoDisk != null && fault.disk() != null) {
        notPossible.add(spec.id());
      } else if (settings.wants(spec)) {
        if (possible.put(spec.id(), fault) != null) {
          throw new IllegalStateException("two faults: " + spec.id());
        }
      }
    }
    List<String> impossible = notPossible.stream().map(id -> id + ": " + whyNoDisk).toList();
    if (possible.isEmpty() && settings.faults() > 0 && !impossible.isEmpty()) {
      throw new PlatformException("not possible here: " + String.join("; ", impossible));
    }
    List<FaultSpec> specs =
        possible.values().stream()
            .map(Fault::spec)
            .sorted(Comparator.comparing(FaultSpec::id))
            .toList();
    return new FaultChoice(
        possible,
        FaultSchedule.of(settings.seed(), specs, settings.faults(), settings.load().toMillis()),
        impossible);
  }

  private static void requireKnown(Campaign.Settings settings, Collection<Fault> all) {
    List<String> unknown =
        settings.only().stream()
            .filter(name -> all.stream().noneMatch(fault -> fault.spec().isCalled(name)))
            .toList();
    if (!unknown.isEmpty()) {
      throw new PlatformException(
          "no fault and no component is called "
              + String.join(", ", unknown)
              + " (faults: "
              + all.stream().map(fault -> fault.spec().name()).distinct().sorted().toList()
              + ")");
    }
  }

  /** The parts that must have a disk of their own for the scheduled faults. */
  Set<Part> disks() {
    return coming().flatMap(fault -> Stream.ofNullable(fault.disk())).collect(Collectors.toSet());
  }

  /** The services that must get their time from the lab for the scheduled faults. */
  Set<Part> clocks() {
    return coming()
        .flatMap(fault -> Stream.ofNullable(fault.clockOf()))
        .collect(Collectors.toSet());
  }

  private Stream<Fault> coming() {
    return schedule.stream().flatMap(planned -> Stream.ofNullable(faults.get(planned.spec().id())));
  }
}
