package dev.converge.platform;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Refuses ports with which a part could not start. */
final class PortChecks {
  private static final Duration FREED_WITHIN = Duration.ofSeconds(2);

  private final Path state;
  private final Ports ports;
  private final Predicate<Part> isRunning;

  PortChecks(Path state, Ports ports, Predicate<Part> isRunning) {
    this.state = state;
    this.ports = ports;
    this.isRunning = isRunning;
  }

  /** Checks the ports of all parts, before anything is stored or started. */
  void requireUsable(List<Part> parts) {
    ports.requireDistinct(parts);
    if (parts.stream().anyMatch(isRunning)) {
      requireUnmoved(parts);
    }
    requireFree(parts.stream().filter(isRunning.negate()).toList());
  }

  // A running part keeps its port, and knows the ports that the others had when it started.
  private void requireUnmoved(List<Part> parts) {
    List<String> moved = Ports.load(state, 0).movedIn(ports, parts);
    if (!moved.isEmpty()) {
      throw new PlatformException(
          "the platform runs, and its ports stay while it does ("
              + String.join(", ", moved)
              + "); stop it first: ./converge down");
    }
  }

  /** Checks the ports of parts that are to be started. */
  void requireFree(List<Part> parts) {
    Map<String, Integer> wanted = ports.byName(parts);
    // The kernel closes the socket of a process that was killed a moment after the process is gone.
    if (Waits.until(FREED_WITHIN, () -> wanted.values().stream().allMatch(PortOwners::isFree))) {
      return;
    }
    wanted.values().removeIf(PortOwners::isFree);
    if (!wanted.isEmpty()) {
      throw new PlatformException(PortOwners.taken(wanted));
    }
  }
}
