package dev.converge.platform;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Stops all parts within ten seconds. A part that does not end in time is killed, as in a crash:
 * nothing is lost. A part that cannot be ended does not keep the others from being stopped.
 */
final class PlatformStop {
  private static final Duration CONSOLE_WITHIN = Duration.ofSeconds(1);
  private static final Duration SERVICES_WITHIN = Duration.ofMillis(5_500);
  private static final Duration STORES_WITHIN = Duration.ofMillis(2_500);

  private final Processes processes;
  private final Scale scale;
  private final Runnable beforeStores;
  private final List<String> faults = Collections.synchronizedList(new ArrayList<>());

  /**
   * @param scale the nodes to stop
   * @param beforeStores runs once the services have ended, and before the databases do
   */
  PlatformStop(Processes processes, Scale scale, Runnable beforeStores) {
    this.processes = processes;
    this.scale = scale;
    this.beforeStores = beforeStores;
  }

  void run() {
    // First: it would take the end of a primary for a failure.
    attempt(() -> processes.kill(Part.SUPERVISOR));
    // It ends the faults that it has switched on, which would keep parts from ending in time.
    attempt(() -> processes.stop(Part.CONSOLE, CONSOLE_WITHIN));
    attempt(processes::endAside);
    // Nothing in progress needs the connectors, and their databases end sooner without them.
    stopTogether(SERVICES_WITHIN, EnumSet.of(Role.Kind.EDGE, Role.Kind.SERVICE, Role.Kind.CONNECT));
    // It keeps its spans in memory only, so an orderly end would save nothing.
    attempt(() -> processes.kill(Part.ZIPKIN));
    attempt(beforeStores);
    stopTogether(
        STORES_WITHIN, EnumSet.of(Role.Kind.DATABASE, Role.Kind.KAFKA, Role.Kind.ZOOKEEPER));
    if (!faults.isEmpty()) {
      throw new PlatformException(String.join(System.lineSeparator() + "converge: ", faults));
    }
  }

  private void stopTogether(Duration timeout, Set<Role.Kind> kinds) {
    Threads.allOf(
            scale.nodes().stream()
                .filter(part -> kinds.contains(part.kind()))
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
