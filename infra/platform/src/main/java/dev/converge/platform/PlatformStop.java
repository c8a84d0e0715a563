package dev.converge.platform;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/**
 * Stops all parts within ten seconds. A part that does not end in time is killed, as in a crash:
 * nothing is lost. A part that cannot be ended does not keep the others from being stopped.
 */
final class PlatformStop {
  private static final Duration SERVICES_WITHIN = Duration.ofMillis(5_500);
  private static final Duration STORES_WITHIN = Duration.ofMillis(2_500);

  private final Processes processes;
  private final Runnable beforeStores;
  private final List<String> faults = Collections.synchronizedList(new ArrayList<>());

  /**
   * @param beforeStores runs once the services have ended, and before the databases do
   */
  PlatformStop(Processes processes, Runnable beforeStores) {
    this.processes = processes;
    this.beforeStores = beforeStores;
  }

  void run() {
    attempt(processes::endAside);
    // Nothing in progress needs the connectors, and their databases end sooner without them.
    stopTogether(SERVICES_WITHIN, with(Topology.serviceParts(), Part.CONNECT));
    // It keeps its spans in memory only, so an orderly end would save nothing.
    attempt(() -> processes.kill(Part.ZIPKIN));
    attempt(beforeStores);
    stopTogether(STORES_WITHIN, with(with(Topology.databaseParts(), Part.KAFKA), Part.quorum()));
    if (!faults.isEmpty()) {
      throw new PlatformException(String.join(System.lineSeparator() + "converge: ", faults));
    }
  }

  private static List<Part> with(List<Part> parts, Part another) {
    return with(parts, List.of(another));
  }

  private static List<Part> with(List<Part> parts, List<Part> others) {
    return Stream.concat(parts.stream(), others.stream()).toList();
  }

  private void stopTogether(Duration timeout, List<Part> parts) {
    Threads.allOf(
            parts.stream()
                .map(part -> Threads.run(() -> attempt(() -> processes.stop(part, timeout))))
                .toList())
        .join();
  }

  private void attempt(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      faults.add(e instanceof PlatformException ? String.valueOf(e.getMessage()) : e.toString());
    }
  }
}
