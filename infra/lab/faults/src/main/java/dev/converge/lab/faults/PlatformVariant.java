package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * The differences between the platform of a run and the standard one.
 *
 * @param inFront class path entries before the jars of some parts
 * @param environment variables of the services
 * @param prepare is run once everything runs, before the first order
 * @param faults further ones to choose from
 */
record PlatformVariant(
    Map<Part, List<Path>> inFront,
    Map<String, String> environment,
    Consumer<Platform> prepare,
    BiFunction<Platform, InterventionLog, List<Fault>> faults) {
  /** The platform as it is. */
  static final PlatformVariant NONE =
      new PlatformVariant(Map.of(), Map.of(), platform -> {}, (platform, done) -> List.of());
}
